import { parseArgs } from 'node:util'
import { checkIn } from '../contract/check-in.ts'
import type { Check } from '../contract/settings.ts'
import { readConfig } from '../server/config.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { withConfigFiles } from '../server/providers/matrix/setup/config-files.ts'
import { messageOf } from '../server/lib/errors.ts'
import { demoAddresses, demoDirectory } from './demo-files.ts'
import { checkCertificate } from './doctor-certificate.ts'
import { checkData } from './doctor-data.ts'
import { checkMachine } from './doctor-machine.ts'
import { findRunning } from './join.ts'

/**
 * Looks at everything that has to be in order and says what to do where it is not; `--bridge-config` and `--homeserver-config` show it files
 * for which nobody can be asked, else those that the environment names. `--lang uk` says it in Ukrainian. Resolves with 1 when something is wrong.
 */
export async function run(args: readonly string[]): Promise<number> {
  const options = {
    json: { type: 'boolean' },
    demo: { type: 'boolean' },
    'bridge-config': { type: 'string' },
    'homeserver-config': { type: 'string' },
    lang: { type: 'string' },
  } as const
  const { values } = parseArgs({ args: [...args], options })
  const files = {
    homeserver: values['homeserver-config'] ?? process.env['MISTOK_HOMESERVER_CONFIG'],
    bridge: values['bridge-config'] ?? process.env['MISTOK_BRIDGE_CONFIG'],
  }
  const found = withConfigFiles(await examine(values.demo === true), files)
  const language = languageOf(values.lang ?? process.env['LC_ALL'] ?? process.env['LANG'])
  const checks = found.map((check) => checkIn(language, check))
  process.stdout.write(values.json === true ? `${JSON.stringify({ checks }, null, 2)}\n` : checks.map(lineOf).join(''))
  return checks.some((check) => check.status === 'error') ? 1 : 0
}

/** As `--lang uk` or a locale such as `uk_UA.UTF-8` says; English for all others. */
function languageOf(named: string | undefined): 'en' | 'uk' {
  return named?.startsWith('uk') === true ? 'uk' : 'en'
}

async function examine(isDemo: boolean): Promise<readonly Check[]> {
  let read: ReturnType<typeof readConfig>
  try {
    read = readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [{ id: 'environment', status: 'error', detail: error.message, fix: 'Correct these variables.' }]
  }
  const { config, secrets } = read
  const running = findRunning(config.dataDir)
  const directory = running?.directory ?? (isDemo ? demoDirectory(config) : config.dataDir)
  const machine = await checkMachine(config, directory)
  const server: Check =
    running === undefined
      ? { id: 'server', status: 'skipped', detail: 'It does not run.' }
      : { id: 'server', status: 'ok', detail: `It runs at ${running.url}` }
  const certificate = config.publicUrl === undefined ? [] : await checkCertificate('certificate', config.publicUrl, Date.now())
  const { graph, graphMedia } = demoAddresses(config)
  const hosts =
    directory === demoDirectory(config)
      ? { graphUrl: graph, mediaOrigins: [graphMedia] }
      : { graphUrl: config.graphUrl, mediaOrigins: [config.graphMediaUrl] }
  const data = await checkData({ directory, dataDir: config.dataDir, secrets, running, hosts }).catch(
    (error: unknown): readonly Check[] => [
      { id: 'data', status: 'error', detail: messageOf(error), fix: 'Look into the log of the server.' },
    ],
  )
  return [{ id: 'environment', status: 'ok', detail: 'Every variable can be read.' }, ...machine, server, ...certificate, ...data]
}

const marks: Readonly<Record<Check['status'], string>> = { ok: 'ok  ', warning: 'WARN', error: 'FAIL', skipped: '–   ' }

function lineOf({ id, status, detail, fix }: Check): string {
  const advice = fix === undefined || status === 'ok' ? '' : `     ${fix}\n`
  return `${marks[status]} ${id}: ${detail}\n${advice}`
}
