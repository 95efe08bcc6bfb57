import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../server/lib/config-error.ts'
import { DataLockedError } from '../server/lib/data-lock.ts'

/** One command: its arguments are those after its name; resolves with the exit code. */
type Command = (args: readonly string[]) => Promise<number>

const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<{ readonly run: Command }> }>> = {
  serve: { summary: 'run the server', load: () => import('./serve.ts') },
  demo: { summary: 'run the server beside the sandbox, wired together (--fresh, --server-only)', load: () => import('./demo.ts') },
  sandbox: { summary: 'run the sandbox alone', load: () => import('./sandbox.ts') },
  migrate: { summary: 'bring the database up to date', load: () => import('./migrate.ts') },
  doctor: { summary: 'look at everything and say what to do (--json)', load: () => import('./doctor.ts') },
  user: { summary: 'list, add, set-password, role, deactivate, activate', load: () => import('./user.ts') },
  registration: { summary: "print the two files for the homeserver's app_service_config_files", load: () => import('./registration.ts') },
  stack: { summary: 'write a whole installation; attach, bridge-config: wire one that stands', load: () => import('./stack/command.ts') },
  backup: { summary: 'write everything that is stored into one file, while the server goes on', load: () => import('./backup.ts') },
  restore: { summary: 'put a backup into an empty database and data directory', load: () => import('./restore.ts') },
  redrive: { summary: 'try again what could not be stored, read again what was not understood', load: () => import('./redrive.ts') },
  'verify-live': {
    summary: 'lead an owner with two phones through what only a live account shows',
    load: () => import('./verify-live/command.ts'),
  },
  openapi: { summary: 'write docs/api/openapi.json (--check: only compare)', load: () => import('./openapi.ts') },
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`)
  return ['Usage: npm run mistok -- <command>', '', ...lines, ''].join('\n')
}

// Compiled code is kept between starts: it halves them. Commands are loaded after this line for the same reason.
enableCompileCache(fileURLToPath(new URL('../.cache/node', import.meta.url)))

const [name = 'help', ...args] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  const asked = name === 'help' || name === '--help'
  process[asked ? 'stdout' : 'stderr'].write(asked ? usage() : `There is no command ${name}.\n\n${usage()}`)
  process.exitCode = asked ? 0 : 64
} else {
  try {
    const { run } = await command.load()
    process.exitCode = await run(args)
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    if (!(isUsage || error instanceof ConfigError || error instanceof DataLockedError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = isUsage ? 64 : 78
  }
}
