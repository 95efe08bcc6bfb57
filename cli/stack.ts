import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError } from '../server/lib/config-error.ts'
import { registrationText } from '../server/providers/matrix/setup/registration.ts'
import { bridgeConfig, type BridgeConfigInput, bridgeEnvironment, bridgeRegistration, yamlOf } from './bridge-config.ts'
import { ourRegistrations } from './registration.ts'

const usage = `Usage: npm run mistok -- stack bridge-config --out <new directory> --homeserver-url <url> --database-uri <postgres://…>
  [--server-name example.com] [--url <Mistok as the bridge reaches it>] [--bridge-url <the bridge as the homeserver reaches it>]
  [--listen 127.0.0.1:29318] [--admin @somebody:example.com] [--max-logins 20]`

/** Writes what the bridge needs, wired to this installation; its secrets are made here and are in these files alone. */
export async function run([what, ...args]: readonly string[]): Promise<number> {
  if (what !== 'bridge-config') throw new ConfigError([usage])
  const options = {
    out: { type: 'string' },
    'homeserver-url': { type: 'string' },
    'database-uri': { type: 'string' },
    'server-name': { type: 'string' },
    url: { type: 'string' },
    'bridge-url': { type: 'string' },
    listen: { type: 'string', default: '127.0.0.1:29318' },
    admin: { type: 'string' },
    'max-logins': { type: 'string', default: '20' },
    demo: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ args, options })
  const { out, listen } = values
  const [, host, port] = /^(.+):(\d+)$/.exec(listen) ?? []
  const homeserverUrl = values['homeserver-url']
  const uri = values['database-uri']
  const maxLogins = Number(values['max-logins'])
  if (out === undefined || homeserverUrl === undefined || uri === undefined || host === undefined || !Number.isInteger(maxLogins))
    throw new ConfigError([usage])
  const given = { serverName: values['server-name'], url: values.url, command: 'stack bridge-config' }
  const { serverName, url, doublePuppet } = await ourRegistrations(args, given)
  const token = () => randomBytes(32).toString('hex')
  const input: BridgeConfigInput = {
    homeserverUrl,
    serverName,
    mistokUrl: url,
    bridgeUrl: values['bridge-url'] ?? `http://${listen}`,
    listen: { host, port: Number(port) },
    database: { type: 'postgres', uri },
    adminUserId: values.admin,
    commandPrefix: `!wa-${randomBytes(4).toString('hex')}`,
    maxLogins,
    secrets: { asToken: token(), hsToken: token(), provisioning: token(), doublePuppet: doublePuppet.as_token },
  }
  writeFiles(out, input)
  process.stdout.write(saidOf(out, input))
  return 0
}

/** Never over files that are there: their secrets would be lost. */
function writeFiles(out: string, input: BridgeConfigInput): void {
  mkdirSync(out, { recursive: true, mode: 0o700 })
  const files = {
    'config.yaml': yamlOf(bridgeConfig(input)),
    'registration.yaml': registrationText(bridgeRegistration(input, randomBytes(16).toString('hex'))),
    environment: `${Object.entries(bridgeEnvironment)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    try {
      writeFileSync(join(out, name), text, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw new ConfigError([`${join(out, name)} is there already; its secrets are in use. Name another directory.`])
    }
  }
}

function saidOf(out: string, { bridgeUrl, secrets }: BridgeConfigInput): string {
  return [
    `${out}/config.yaml is the bridge's config, ${out}/environment what its process must have in its environment.`,
    `${out}/registration.yaml goes into app_service_config_files of the homeserver, beside what \`mistok registration\` prints.`,
    "In Mistok's settings:",
    `  bridge_url           ${bridgeUrl}`,
    `  bridge_admin_secret  ${secrets.provisioning}`,
    `  bridge_as_token      ${secrets.asToken}`,
    '',
  ].join('\n')
}
