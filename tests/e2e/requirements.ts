import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'

/** Something the end-to-end tests need from the machine: where it is, or in words how to get it. */
export type Requirement = { name: string; path: string } | { name: string; missing: string }

const MINIMUM_PYTHON = [3, 11] as const
const PROBE = 'import ensurepip, sys, venv; print(*sys.version_info[:2])'

function pythonVersion(command: string): { version: [number, number] } | { reason: string } {
  try {
    const said = execFileSync(command, ['-c', PROBE], { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'pipe'] })
    const [major = 0, minor = 0] = said.trim().split(' ').map(Number)
    return { version: [major, minor] }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { reason: /No module named '(venv|ensurepip)'/.test(text) ? 'has no venv module' : 'is not there' }
  }
}

/** A Python that can make a virtual environment for Synapse; `MISTOK_PYTHON` names one that is not on the path. */
export function findPython(): Requirement {
  const name = `Python ${MINIMUM_PYTHON.join('.')} or newer with venv`
  const given = process.env['MISTOK_PYTHON']
  const commands = given === undefined ? ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'] : [given]
  const reasons: string[] = []
  for (const command of commands) {
    const found = pythonVersion(command)
    if ('reason' in found) {
      if (found.reason !== 'is not there' || commands.length === 1) reasons.push(`${command} ${found.reason}`)
      continue
    }
    const [major, minor] = found.version
    if (major === MINIMUM_PYTHON[0] && minor >= MINIMUM_PYTHON[1]) return { name, path: command }
    reasons.push(`${command} is ${major}.${minor}`)
  }
  const seen = reasons.length === 0 ? 'no python3 on the path' : reasons.join(', ')
  return { name, missing: `${seen}. Debian and Ubuntu: apt-get install python3 python3-venv. Or set MISTOK_PYTHON to one.` }
}

/** The browser of the page's tests; `MISTOK_CHROMIUM` names one that is not at /usr/bin/chromium. */
export function findChromium(): Requirement {
  const path = process.env['MISTOK_CHROMIUM'] ?? '/usr/bin/chromium'
  try {
    accessSync(path, constants.X_OK)
    return { name: 'Chromium', path }
  } catch {
    return { name: 'Chromium', missing: `nothing at ${path}. Debian: apt-get install chromium. Or set MISTOK_CHROMIUM to one.` }
  }
}

const MINIMUM_GO = [1, 26] as const

/** A Go that can build the bridge of `tests/bridge/`, with the C compiler that its SQLite needs; `MISTOK_GO` names one that is not on the path. */
export function findGo(): Requirement {
  const name = `Go ${MINIMUM_GO.join('.')} or newer with a C compiler`
  const path = process.env['MISTOK_GO'] ?? 'go'
  const how = 'Get it from go.dev/dl and put it on the path, or set MISTOK_GO to it'
  const said = firstLineOf(path, ['version'])
  const [, major = 0, minor = 0] = (/ go(\d+)\.(\d+)/.exec(said ?? '') ?? []).map(Number)
  if (said === undefined) return { name, missing: `no ${path} on the path. ${how}.` }
  if (major < MINIMUM_GO[0] || (major === MINIMUM_GO[0] && minor < MINIMUM_GO[1]))
    return { name, missing: `${path} is ${major}.${minor}. ${how}.` }
  const compiler = process.env['CC'] ?? 'gcc'
  if (firstLineOf(compiler, ['--version']) === undefined)
    return { name, missing: `no ${compiler}. Debian and Ubuntu: apt-get install gcc libc6-dev. Or set CC to one.` }
  return { name, path }
}

function firstLineOf(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0]
  } catch {
    return undefined
  }
}

/** The path of what was found, or an error that says how to get it. */
export function need(requirement: Requirement): string {
  if ('missing' in requirement) throw new Error(`${requirement.name} is missing: ${requirement.missing}`)
  return requirement.path
}
