import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Bench } from './bench.ts'
import type { Row } from './report.ts'
import { root, startServer } from './server.ts'
import { median } from './stats.ts'

const times = 7
const atMost = 2_000
/** The last line but one of what the demo says when it is ready. */
const banner = 'Ctrl+C stops everything'

/** Row 8: from the start of the process until it is ready, on data that is there already. */
export async function measureStart({ withDirectory, say }: Bench): Promise<Row[]> {
  const serve = await withDirectory(async (directory) => {
    const took: number[] = []
    for (let n = 0; n <= times; n += 1) {
      const server = await startServer(directory)
      await server.stop()
      took.push(server.startMs)
    }
    return median(took.slice(1))
  })
  say(`serve: ${serve.toFixed(0)} ms`)
  const demo = await withDirectory(async (directory) => {
    const took: number[] = []
    for (let n = 0; n <= times; n += 1) took.push(await startDemo(directory))
    return median(took.slice(1))
  })
  say(`npm start: ${demo.toFixed(0)} ms`)
  return [row('start to ready, not the first time: `mistok serve`', serve), row('the same: `npm start`, with the sandbox', demo)]
}

/** In milliseconds, from `npm start` until it has said how to sign in. */
async function startDemo(directory: string): Promise<number> {
  const began = performance.now()
  const env = { ...process.env, MISTOK_DATA_DIR: directory, MISTOK_PORT: '0', MISTOK_SANDBOX_PORT: '18081', MISTOK_LOG_LEVEL: 'warn' }
  const child = spawn('npm', ['start', '--silent'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  let said = ''
  for await (const piece of child.stdout) {
    said += String(piece)
    if (said.includes(banner)) break
  }
  const took = performance.now() - began
  child.kill('SIGTERM')
  await gone
  if (!said.includes(banner)) throw new Error('The demo did not start; what it said stands above.')
  return took
}

function row(what: string, took: number): Row {
  return { what, atLeast: `≤ ${atMost / 1_000} s`, measured: `${(took / 1_000).toFixed(2)} s`, isMet: took <= atMost }
}
