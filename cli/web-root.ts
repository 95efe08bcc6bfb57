import { fileURLToPath } from 'node:url'

/** Where the built page is. */
export const webRoot = fileURLToPath(new URL('../dist/web', import.meta.url))
