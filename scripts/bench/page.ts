import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Row } from './report.ts'
import { root } from './server.ts'

const atMost = 150_000

/** What a browser loads of script before the page is there: what its HTML names, gzipped. */
export function measurePage(): Row[] {
  const web = join(root, 'dist', 'web')
  const what = 'web: script of the first load, gzipped'
  const atLeast = `≤ ${atMost / 1_000} kB`
  if (!existsSync(join(web, 'index.html'))) return [{ what, atLeast, measured: 'not built (`npm run build`)' }]
  const html = readFileSync(join(web, 'index.html'), 'utf8')
  const scripts = [...html.matchAll(/(?:src|href)="\/?([^"]+\.js)"/g)].map((match) => match[1] ?? '')
  const bytes = scripts.map((script) => gzipSync(readFileSync(join(web, script))).byteLength).reduce((sum, size) => sum + size, 0)
  return [{ what, atLeast, measured: `${(bytes / 1_000).toFixed(1)} kB`, isMet: bytes <= atMost }]
}
