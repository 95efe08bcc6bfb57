import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top directory of the project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Makes a checkout ready to run, from any Node 18 or newer, and returns the path of the Node to run it with. Installs the locked packages
 * where they are missing or the lock has changed, the development ones only if `devTools` says so. Ends the process where that fails.
 */
export async function bootstrap({ devTools }) {
  if (!isInstalled({ devTools })) await install({ devTools })
  return chooseNode()
}

/**
 * Around every process of ours. What is compiled is kept from start to start; named here, because a process that first has to read a file of ours
 * keeps the parser of types, which is 20 MB. With two arenas instead of eight for each core, glibc gives back what a burst has taken.
 */
export const nodeEnv = { NODE_COMPILE_CACHE: join(root, '.cache', 'node'), MALLOC_ARENA_MAX: '2' }

/**
 * How Node runs the server. Left alone it lets garbage grow to several times what lives; so it stays small, and nothing that it does
 * comes near the limit.
 */
export const serverFlags = ['--max-semi-space-size=4', '--max-old-space-size=1024']

/** Runs a program from the top directory, passes SIGTERM, SIGINT and SIGHUP on to it, and resolves with its exit code. */
export function run(command, args, stdio = 'inherit') {
  const [program, ...rest] = [...tiedToUs(), command, ...args]
  const child = spawn(program, rest, { cwd: root, stdio, env: { ...nodeEnv, ...process.env } })
  const passOn = (signal) => child.kill(signal)
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP']
  for (const signal of signals) process.on(signal, passOn)
  return new Promise((resolve) => {
    const end = (code) => {
      for (const signal of signals) process.off(signal, passOn)
      resolve(code)
    }
    child.on('error', (error) => {
      console.error(`${program} did not start: ${error.message}`)
      end(127)
    })
    child.on('exit', (code, signal) => end(code ?? 128 + constants.signals[signal]))
  })
}

/** On Linux the child gets SIGTERM when we die without a word (kill -9), so that no server is left that nobody started. */
function tiedToUs() {
  const prefix = ['setpriv', '--pdeathsig', 'TERM']
  return process.platform === 'linux' && spawnSync(prefix[0], [...prefix.slice(1), 'true'], { stdio: 'ignore' }).status === 0 ? prefix : []
}

/** Compares what npm says it installed with what the lock asks for on this platform. A checkout without a lock is taken as it is. */
function isInstalled({ devTools }) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json')) ?? {}
  const isNeeded = ([path, entry]) => path !== '' && (devTools || !entry.dev) && (!entry.optional || isForThisPlatform(entry))
  return (
    wanted === undefined ||
    Object.entries(wanted)
      .filter(isNeeded)
      .every(([path, { version }]) => present[path]?.version === version)
  )
}

/** Optional packages that name no platform, or a kind of libc, are left to npm. */
function isForThisPlatform({ os, cpu, libc }) {
  return (
    os !== undefined &&
    cpu !== undefined &&
    libc === undefined &&
    [os].flat().includes(process.platform) &&
    [cpu].flat().includes(process.arch)
  )
}

function readPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined
}

async function install({ devTools }) {
  console.error('Installing packages; this happens once and takes a minute.')
  const npm = process.env.npm_execpath
  const [command, ...first] = npm !== undefined && basename(npm) === 'npm-cli.js' ? [process.execPath, npm] : ['npm']
  const args = ['ci', '--ignore-scripts', devTools ? '--include=dev' : '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error']
  // Standard output stays free for what the command itself prints.
  const code = await run(command, [...first, ...args], ['ignore', 2, 2])
  if (code === 0) return
  console.error(`Installing packages failed (npm ended with ${code}).`)
  process.exit(code)
}

function chooseNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const atLeast = Number(/\d+/.exec(engines.node)[0])
  if (Number(process.versions.node.split('.')[0]) >= atLeast) return process.execPath
  const packaged = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(packaged)) return packaged
  console.error(
    `Mistok needs Node ${atLeast} or newer. This is ${process.version}, and none could be installed for ${process.platform} on ` +
      `${process.arch}. Get one from https://nodejs.org and start again.`,
  )
  process.exit(1)
}
