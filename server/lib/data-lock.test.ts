import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataLockedError, takeDataLock } from './data-lock.ts'

const now = new Date('2026-11-22T12:00:00Z')
let dataDir: string

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mistok-lock-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** Another process that takes the lock, announces an address, leaves a child of its own behind, and waits to be killed. */
async function lockElsewhere() {
  const script = `
    const { takeDataLock } = await import(${JSON.stringify(new URL('data-lock.ts', import.meta.url).href)})
    const { spawn } = await import('node:child_process')
    takeDataLock({ dataDir: ${JSON.stringify(dataDir)}, now: new Date() }).announce('http://127.0.0.1:8080')
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    console.log(child.pid)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return { child, grandchild: Number(String(line)) }
}

test('a second process is refused, in words that name the first; kill -9 frees it although a child of it lives on', async () => {
  const { child, grandchild } = await lockElsewhere()
  try {
    const take = () => takeDataLock({ dataDir, now })
    expect(take).toThrow(DataLockedError)
    expect(take).toThrow(new RegExp(`process ${child.pid} at http://127.0.0.1:8080`))

    child.kill('SIGKILL')
    await once(child, 'exit')
    using lock = take()
    lock.announce('http://127.0.0.1:9')
    expect(JSON.parse(readFileSync(join(dataDir, 'lock'), 'utf8'))).toEqual({
      pid: process.pid,
      url: 'http://127.0.0.1:9',
      since: now.toISOString(),
    })
  } finally {
    process.kill(grandchild)
    child.kill('SIGKILL')
  }
})

test('is free after release, also within one process', () => {
  const first = takeDataLock({ dataDir, now })
  expect(() => takeDataLock({ dataDir, now })).toThrow(DataLockedError)
  first.release()
  first.release()
  takeDataLock({ dataDir, now }).release()
})

test.each(['', 'not json', '{"pid":"x"}', '{"pid":1,"url":null,"since":"2026-01-01"}'])('text left in the file (%s) is no lock', (text) => {
  writeFileSync(join(dataDir, 'lock'), text)
  expect(() => takeDataLock({ dataDir, now }).release()).not.toThrow()
})
