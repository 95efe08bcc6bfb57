import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

type Packages = Record<string, { version: string; dev?: boolean; optional?: boolean; os?: string[]; cpu?: string[] }>

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mistok-bootstrap-'))
  mkdirSync(join(dir, 'scripts'))
  for (const script of ['bootstrap.mjs', 'run.mjs']) cpSync(join(import.meta.dirname, script), join(dir, 'scripts', script))
  mkdirSync(join(dir, 'cli'))
  writeFileSync(join(dir, 'package.json'), '{"engines":{"node":">=18"}}')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function writePackages(file: string, packages: Packages): void {
  mkdirSync(join(dir, 'node_modules'), { recursive: true })
  writeFileSync(join(dir, file), JSON.stringify({ packages: { '': { name: 'x' }, ...packages } }))
}

/** Stands in for npm: notes how it was called, and ends as told. */
function writeNpm(exitCode = 0): string {
  const file = join(dir, 'npm-cli.js')
  writeFileSync(
    file,
    `require('fs').writeFileSync(${JSON.stringify(join(dir, 'called'))}, process.argv.slice(2).join(' ')); process.exit(${exitCode})`,
  )
  return file
}

function runFile(file: string, code: string, npm = writeNpm()) {
  writeFileSync(join(dir, file), code)
  const options = { env: { ...process.env, npm_execpath: npm }, encoding: 'utf8' } as const
  return spawnSync(process.execPath, [join(dir, 'scripts/run.mjs'), file], options)
}

function npmCall(): string | undefined {
  try {
    return readFileSync(join(dir, 'called'), 'utf8')
  } catch {
    return undefined
  }
}

describe('installs', () => {
  const lock: Packages = {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/tool': { version: '2.0.0', dev: true },
    'node_modules/native': { version: '3.0.0', optional: true, os: [process.platform], cpu: [process.arch] },
    'node_modules/elsewhere': { version: '3.0.0', optional: true, os: ['aix'], cpu: ['ppc64'] },
  }
  const { 'node_modules/elsewhere': _, ...here } = lock
  const { 'node_modules/tool': __, ...production } = here
  const { 'node_modules/native': ___, ...withoutNative } = here

  test.each([
    { name: 'nothing when all that is for this platform is there', present: here, file: 'check.js', call: undefined },
    { name: 'when nothing is there', present: undefined, file: 'check.js', call: 'ci --ignore-scripts --include=dev' },
    {
      name: 'when a version differs',
      present: { ...here, 'node_modules/a': { version: '0.9.0' } },
      file: 'check.js',
      call: 'ci --ignore-scripts --include=dev',
    },
    {
      name: 'when the package of this platform is missing',
      present: withoutNative,
      file: 'cli/main.js',
      call: 'ci --ignore-scripts --omit=dev',
    },
    { name: 'nothing for the command line of a production install', present: production, file: 'cli/main.js', call: undefined },
    { name: 'the tools where a script needs them', present: production, file: 'check.js', call: 'ci --ignore-scripts --include=dev' },
  ])('$name', ({ present, file, call }) => {
    writePackages('package-lock.json', lock)
    if (present !== undefined) writePackages('node_modules/.package-lock.json', present)
    const { status, stdout } = runFile(file, 'console.log("ran")')
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ran\n' })
    expect(npmCall()?.split(' ').slice(0, 3)).toEqual(call?.split(' '))
  })

  test('and says so when that fails, without running anything', () => {
    writePackages('package-lock.json', lock)
    const { status, stdout, stderr } = runFile('check.js', 'console.log("ran")', writeNpm(9))
    expect({ status, stdout }).toEqual({ status: 9, stdout: '' })
    expect(stderr).toContain('Installing packages failed')
  })
})

test('takes the packaged Node where this one is too old, and says so where there is none', () => {
  writeFileSync(join(dir, 'package.json'), '{"engines":{"node":">=999"}}')
  expect(runFile('check.js', '')).toMatchObject({ status: 1, stderr: expect.stringContaining('needs Node 999') })
  mkdirSync(join(dir, 'node_modules/.bin'), { recursive: true })
  writeFileSync(join(dir, 'node_modules/.bin/node'), '#!/bin/sh\necho packaged "$1"\nexit 3\n')
  chmodSync(join(dir, 'node_modules/.bin/node'), 0o755)
  expect(runFile('check.js', '')).toMatchObject({ status: 3, stdout: 'packaged check.js\n' })
})

describe('while the program runs', () => {
  const program = `
    process.on('SIGTERM', () => { console.log('told'); process.exit(7) })
    setInterval(() => {}, 1000)
    console.log(process.pid)`

  async function start() {
    writeFileSync(join(dir, 'program.js'), program)
    const child = spawn(process.execPath, [join(dir, 'scripts/run.mjs'), 'program.js'])
    const [line] = await once(child.stdout, 'data')
    let said = ''
    child.stdout.on('data', (text) => (said += text))
    return { child, pid: Number(String(line)), said: () => said }
  }

  test('a signal is passed on, and the exit code is its', async () => {
    const { child, said } = await start()
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([7, null])
    expect(said()).toBe('told\n')
  })

  test('the end of the program by a signal is told as shells tell it', async () => {
    const { child, pid } = await start()
    process.kill(pid, 'SIGKILL')
    expect(await once(child, 'close')).toEqual([137, null])
  })

  test.runIf(process.platform === 'linux')('the program ends when its starter is killed', async () => {
    const { child, said } = await start()
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(said()).toMatch(/^told/)
  })
})
