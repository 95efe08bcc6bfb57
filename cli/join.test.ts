import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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

test('what cannot be used is said in words, with the variable, before anything is begun', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mistok-join-'))
  const file = join(directory, 'a-file')
  writeFileSync(file, '')
  const run = (args: readonly string[], environment: Record<string, string>) => {
    const env = { ...process.env, MISTOK_PORT: '0', MISTOK_LOG_LEVEL: 'silent', ...environment }
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8', timeout: 30_000 })
    return { status, said: stderr }
  }
  try {
    const lost = `The data directory ${file} cannot be used (EEXIST). Set MISTOK_DATA_DIR to one that may be written to.\n`
    expect(run(['serve'], { MISTOK_DATA_DIR: file })).toEqual({ status: 78, said: lost })
    for (const command of ['sandbox', 'demo'])
      expect(run([command], { MISTOK_DATA_DIR: file })).toEqual({
        status: 78,
        said: expect.stringMatching(/^The data directory .* cannot be used/),
      })
    const away = run(['serve'], { MISTOK_DATA_DIR: join(directory, 'data'), DATABASE_URL: 'postgresql://u:hush@127.0.0.1:1/x' })
    expect(away).toEqual({
      status: 78,
      said: expect.stringMatching(/^The database of DATABASE_URL cannot be reached: .*ECONNREFUSED[^\n]*\n$/),
    })
    expect(away.said).not.toContain('hush')
    expect(run(['serve', '--fresh'], { MISTOK_DATA_DIR: file })).toEqual({ status: 64, said: expect.stringContaining('--fresh') })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
