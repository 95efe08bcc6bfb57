import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ConfigError } from '../../server/lib/config-error.ts'
import { attach, attachUsage } from './attach.ts'
import { bridgeUsage, writeBridgeConfig } from './bridge-command.ts'
import { stackFiles, writeFiles } from './files.ts'
import { makePlan, type StackOrder, type StackPlan, usualPorts } from './plan.ts'

const usage = `Usage:
  npm run mistok -- stack --domain crm.example.com (--docker | --systemd) [--out <new folder>] [--admin-email you@example.com]
    [--server-name example.com] [--tls auto | internal] [--mistok-port 8080] [--homeserver-port 8008] [--bridge-port 29318] [--postgres-port 5432]
  Writes everything that a machine needs, wired, with fresh secrets: PostgreSQL, Synapse, the bridge, Mistok, a proxy with TLS, backups.

  ${attachUsage}

  ${bridgeUsage}
`

const others: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { attach, 'bridge-config': writeBridgeConfig }

/** Writes a whole stack, or helps to wire Mistok to what stands already. */
export async function run([what = '', ...args]: readonly string[]): Promise<number> {
  const other = others[what]
  if (other !== undefined) return other(args)
  const order = readOrder([what, ...args])
  const plan = makePlan(order)
  writeFiles(order.folder, stackFiles(plan), order.kind === 'docker' && isRoot() ? order.user : undefined)
  process.stdout.write(nextSteps(plan))
  return 0
}

const isRoot = () => process.getuid?.() === 0
/** Whoever is not root runs the container as themselves, so that it may read what they have written. */
const containerUser = () => (isRoot() ? 10_001 : (process.getuid?.() ?? 10_001))

function readOrder(args: readonly string[]): StackOrder {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== ''),
    options: {
      domain: text,
      docker: flag,
      systemd: flag,
      out: text,
      'admin-email': text,
      'server-name': text,
      tls: text,
      'mistok-port': text,
      'homeserver-port': text,
      'bridge-port': text,
      'postgres-port': text,
    },
  })
  const { domain, docker = false, systemd = false, tls = 'auto' } = values
  if (domain === undefined || docker === systemd || (tls !== 'auto' && tls !== 'internal')) throw new ConfigError([usage])
  if (!isHostName(domain))
    throw new ConfigError([`--domain ${domain} is no host name. It is what people type to reach the page, such as crm.example.com.`])
  const kind = docker ? 'docker' : 'systemd'
  return {
    kind,
    domain,
    serverName: values['server-name'] ?? domain,
    adminEmail: values['admin-email'] ?? `admin@${domain}`,
    tls,
    folder: resolve(values.out ?? `mistok-${kind}`),
    checkout: fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
    user: containerUser(),
    ports: {
      mistok: portOf(values['mistok-port'], usualPorts.mistok),
      homeserver: portOf(values['homeserver-port'], usualPorts.homeserver),
      bridge: portOf(values['bridge-port'], usualPorts.bridge),
      postgres: portOf(values['postgres-port'], usualPorts.postgres),
    },
  }
}

function isHostName(text: string): boolean {
  return text.length <= 200 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(text)
}

function portOf(text: string | undefined, usual: number): number {
  const port = text === undefined ? usual : Number(text)
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port
  throw new ConfigError([`${text} is no port.`])
}

function nextSteps({ kind, folder, domain, adminEmail, tls, secrets }: StackPlan): string {
  const start = kind === 'docker' ? 'docker compose up --detach --build' : 'sudo ./install.sh'
  return [
    `Written into ${folder}. Its secrets are in these files alone: keep a copy in a safe place.`,
    '',
    `  cd ${folder}`,
    `  ${start}`,
    '  ./mistokctl doctor',
    '',
    `  Then open https://${domain}`,
    `  E-mail     ${adminEmail}`,
    `  Password   ${secrets.adminPassword}`,
    '',
    tls === 'internal'
      ? 'The certificate is of our own making: the browser asks once. WhatsApp by a linked phone needs no public name; the Cloud API of Meta does (--tls auto).'
      : `${domain} has to lead to this machine, and ports 80 and 443 must be reachable from outside: the certificate is made by that, and Meta delivers there.`,
    'The guide: docs/guides/install.md (українською: docs/guides/install.uk.md).',
    '',
  ].join('\n')
}
