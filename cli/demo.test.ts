import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPorts } from '../tests/support/ports.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mistok-demo-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function run(args: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, MISTOK_DATA_DIR: directory, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { said, code: code as unknown }
}

test('a port of the sandbox that is taken is named, with the variable, and nothing else is said', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const words = `Port ${port} is taken. Stop what listens there, or set MISTOK_SANDBOX_PORT to another one: the sandbox takes it and the four after it.\n`
  // The second of the five: the one that the homeserver listens on.
  expect(await run(['sandbox'], { MISTOK_SANDBOX_PORT: String(port - 1) })).toEqual({ said: words, code: 78 })
  other.close()
})

test('ports of server and sandbox that overlap, and an option that is not there, are refused before anything is made', async () => {
  const overlap = await run(['demo'], { MISTOK_PORT: '8093', MISTOK_SANDBOX_PORT: '8091' })
  expect(overlap).toEqual({ said: expect.stringMatching(/MISTOK_PORT 8093 .* MISTOK_SANDBOX_PORT 8091/), code: 78 })
  expect(await run(['demo', '--frsh'], {})).toEqual({ said: expect.stringContaining('--frsh'), code: 64 })
  expect(readdirSync(directory)).toEqual([])
})

test('the sandbox ends quietly with the process that started it, however that one ended', async () => {
  const env = { ...process.env, MISTOK_DATA_DIR: directory, MISTOK_SANDBOX_PORT: String(await findPorts(5)) }
  const child = spawn(process.execPath, [main, 'sandbox'], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  if (child.stderr === null) throw new Error('there is no stderr')
  const said = text(child.stderr)
  expect(await once(child, 'message')).toContain('ready')
  child.disconnect()
  const [code] = await once(child, 'exit')
  expect({ said: await said, code: code as unknown }).toEqual({ said: '', code: 0 })
})
