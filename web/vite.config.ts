import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:8080'

// Whoever starts the build may run under another NODE_ENV, a test runner for one; React would then be built for development.
if (process.argv.includes('build')) process.env['NODE_ENV'] = 'production'

/** The page: built to `dist/web`, which the server serves. In development its calls go to a server on port 8080. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What several parts share is one file, so that the first paint waits for few requests.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] } } },
  },
  server: { host: '127.0.0.1', proxy: { '/api': server, '/health': server } },
})
