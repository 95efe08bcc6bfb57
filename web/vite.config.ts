import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:8080'

// Whoever starts the build may run under another NODE_ENV, a test runner for one; React would then be built for development.
if (process.argv.includes('build')) process.env['NODE_ENV'] = 'production'

const shared =
  /node_modules\/(?:react|react-dom|scheduler|wouter|regexparam|lucide-react\/dist\/esm\/(?:\w+\.m?js|shared))|\/web\/ui\/(?!picker|menu|sheet)|\/web\/data\/(?!find-people|shared-files)|\/web\/(?:router|commands)\.ts|\/web\/i18n\/(?:language|formats|contract-words|lazily|uk\b(?!-(?:late|admin|ops|thread-late)))|\/web\/screens\/(?:form|use-action|settings\/sections)\.|\/contract\/routes\.|vite\/preload|rolldown/

/** The page: built to `dist/web`, which the server serves. In development its calls go to a server on port 8080. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // What every part shares is one file, so that the first paint waits for few requests; what two late parts share is not in it.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', test: shared }] } } },
  },
  server: { host: '127.0.0.1', proxy: { '/api': server, '/health': server } },
})
