import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { takeDataLock } from '../server/lib/data-lock.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

test('beside a server that is only just starting no command opens the database: it would end it under the server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mistok-join-'))
  const { DATABASE_URL: _, ...inherited } = process.env
  const run = (...args: readonly string[]) => {
    const env = { ...inherited, MISTOK_DATA_DIR: directory }
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  try {
    // As a first start has it before PostgreSQL runs.
    mkdirSync(join(directory, 'postgres'))
    using _server = takeDataLock({ dataDir: directory, now: new Date() })
    const before = readdirSync(directory)
    for (const command of [['migrate'], ['user', 'list']])
      expect(run(...command)).toEqual({ status: 78, said: expect.stringContaining(`already served by process ${process.pid}`) })
    expect(run('doctor').said).toContain('WARN database: The server is just starting or stopping.')
    expect(readdirSync(directory)).toEqual(before)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
