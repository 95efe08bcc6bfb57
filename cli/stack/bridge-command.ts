import { parseArgs } from 'node:util'
import { ConfigError } from '../../server/lib/config-error.ts'
import { registrationText } from '../../server/providers/matrix/setup/registration.ts'
import { ourRegistrations } from '../registration.ts'
import { bridgeConfig, type BridgeConfigInput, bridgeEnvironment, bridgeRegistration } from './bridge-config.ts'
import { writeFiles } from './files.ts'
import { environmentText } from './mistok-env.ts'
import { randomHex } from './plan.ts'
import { yamlOf } from './yaml.ts'

export const bridgeUsage = `npm run mistok -- stack bridge-config --out <new directory> --homeserver-url <url> --database-uri <postgres://…>
    [--server-name example.com] [--url <Mistok as the bridge reaches it>] [--bridge-url <the bridge as the homeserver reaches it>]
    [--listen 127.0.0.1:29318] [--admin @somebody:example.com] [--max-logins 20]
  Writes what a bridge of your own needs, wired to this installation.`

/** Writes what the bridge needs, wired to this installation; its secrets are made here and are in these files alone. */
export async function writeBridgeConfig(args: readonly string[]): Promise<number> {
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
  const { values } = parseArgs({ args: [...args], options })
  const { out, listen } = values
  const [, host, port] = /^(.+):(\d+)$/.exec(listen) ?? []
  const homeserverUrl = values['homeserver-url']
  const uri = values['database-uri']
  const maxLogins = Number(values['max-logins'])
  if (out === undefined || homeserverUrl === undefined || uri === undefined || host === undefined || !Number.isInteger(maxLogins))
    throw new ConfigError([`Usage: ${bridgeUsage}`])
  const given = { serverName: values['server-name'], url: values.url, command: 'stack bridge-config' }
  const { serverName, url, doublePuppet } = await ourRegistrations(args, given)
  const input: BridgeConfigInput = {
    homeserverUrl,
    serverName,
    mistokUrl: url,
    bridgeUrl: values['bridge-url'] ?? `http://${listen}`,
    listen: { host, port: Number(port) },
    database: { type: 'postgres', uri },
    adminUserId: values.admin,
    commandPrefix: `!wa-${randomHex(4)}`,
    maxLogins,
    secrets: { asToken: randomHex(32), hsToken: randomHex(32), provisioning: randomHex(32), doublePuppet: doublePuppet.as_token },
  }
  writeFiles(out, {
    'config.yaml': yamlOf(bridgeConfig(input)),
    'registration.yaml': registrationText(bridgeRegistration(input, randomHex(16))),
    environment: environmentText(bridgeEnvironment),
  })
  process.stdout.write(saidOf(out, input))
  return 0
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
