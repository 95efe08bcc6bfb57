import { randomBytes } from 'node:crypto'
import { registrationsOf } from '../../server/providers/matrix/setup/registration.ts'
import { matrixDefaults } from '../../server/providers/matrix/config.ts'
import type { BridgeConfigInput } from './bridge-config.ts'

/** How the parts are run: by a container engine, or by systemd on the machine itself. */
export type StackKind = 'docker' | 'systemd'

/** What an operator says of the stack. */
export interface StackOrder {
  readonly kind: StackKind
  /** Where browsers reach the page. */
  readonly domain: string
  /** What Matrix ids end with. It cannot be changed later. */
  readonly serverName: string
  readonly adminEmail: string
  /** `auto`: a certificate that every browser trusts, for which the domain must be reachable. `internal`: of the proxy's own making. */
  readonly tls: 'auto' | 'internal'
  /** The absolute path of the folder that everything stands in. */
  readonly folder: string
  /** The checkout of Mistok that is run. */
  readonly checkout: string
  /** The number of the user as whom Mistok's container runs. */
  readonly user: number
  /** On the machine itself; containers have ports of their own. */
  readonly ports: Ports
}

/** A port of the machine for each part. */
export interface Ports {
  readonly mistok: number
  readonly homeserver: number
  readonly bridge: number
  readonly postgres: number
}

export const usualPorts: Ports = { mistok: 8080, homeserver: 8008, bridge: 29318, postgres: 5432 }

/** Where a part listens, and where the others reach it. */
interface Place {
  readonly host: string
  readonly port: number
  readonly url: string
}

/** Everything that is told to several parts, said once. */
export interface StackPlan extends StackOrder {
  readonly mistok: Place
  readonly homeserver: Place
  readonly bridge: Place
  readonly postgres: { readonly host: string; readonly port: number }
  readonly secrets: StackSecrets
}

/** Made once, for this stack alone. */
export interface StackSecrets {
  readonly adminPassword: string
  readonly sealingKey: string
  readonly databases: Readonly<Record<DatabaseName, string>>
  readonly postgres: string
  readonly homeserver: {
    readonly signingSeed: string
    readonly registration: string
    readonly macaroon: string
    readonly form: string
    readonly admin: string
  }
  readonly bridge: {
    readonly asToken: string
    readonly hsToken: string
    readonly provisioning: string
    readonly prefix: string
    readonly sender: string
  }
  readonly registration: {
    readonly asToken: string
    readonly hsToken: string
    readonly doublePuppetToken: string
    readonly doublePuppetHsToken: string
  }
}

/** Each part has a database and a user of the same name. */
export const databaseNames = ['mistok', 'synapse', 'bridge'] as const
export type DatabaseName = (typeof databaseNames)[number]

/** The homeserver's admin by whom Mistok makes accounts where it must; nobody else needs this account. */
export const homeserverAdmin = 'mistok-admin'

/** Random bytes as hexadecimal digits; passed in so that tests can foresee them. */
export type RandomHex = (bytes: number) => string
export const randomHex: RandomHex = (bytes) => randomBytes(bytes).toString('hex')

/** Works out who is where and makes all secrets. */
export function makePlan(order: StackOrder, random: RandomHex = randomHex): StackPlan {
  return { ...order, ...placesOf(order), secrets: makeSecrets(random) }
}

function placesOf({ kind, ports }: StackOrder): Pick<StackPlan, 'mistok' | 'homeserver' | 'bridge' | 'postgres'> {
  const inContainer = (name: string, port: number): Place => ({ host: '0.0.0.0', port, url: `http://${name}:${port}` })
  const onMachine = (port: number): Place => ({ host: '127.0.0.1', port, url: `http://127.0.0.1:${port}` })
  if (kind === 'docker')
    return {
      mistok: inContainer('mistok', usualPorts.mistok),
      homeserver: inContainer('synapse', usualPorts.homeserver),
      bridge: inContainer('bridge', usualPorts.bridge),
      postgres: { host: 'postgres', port: usualPorts.postgres },
    }
  return {
    mistok: onMachine(ports.mistok),
    homeserver: onMachine(ports.homeserver),
    bridge: onMachine(ports.bridge),
    postgres: { host: '127.0.0.1', port: ports.postgres },
  }
}

function makeSecrets(random: RandomHex): StackSecrets {
  return {
    adminPassword: random(10),
    sealingKey: random(32),
    databases: { mistok: random(24), synapse: random(24), bridge: random(24) },
    postgres: random(24),
    homeserver: { signingSeed: random(32), registration: random(32), macaroon: random(32), form: random(32), admin: random(24) },
    bridge: { asToken: random(32), hsToken: random(32), provisioning: random(32), prefix: random(4), sender: random(16) },
    registration: { asToken: random(32), hsToken: random(32), doublePuppetToken: random(32), doublePuppetHsToken: random(32) },
  }
}

/** The address of a part's database. */
export function databaseUrl({ postgres, secrets }: StackPlan, name: DatabaseName): string {
  return `postgresql://${name}:${secrets.databases[name]}@${postgres.host}:${postgres.port}/${name}`
}

/** What the bridge's config and registration are made of. */
export function bridgeInputOf(plan: StackPlan): BridgeConfigInput {
  const { secrets, bridge } = plan
  return {
    homeserverUrl: plan.homeserver.url,
    serverName: plan.serverName,
    mistokUrl: plan.mistok.url,
    bridgeUrl: bridge.url,
    listen: { host: bridge.host, port: bridge.port },
    database: { type: 'postgres', uri: `${databaseUrl(plan, 'bridge')}?sslmode=disable` },
    adminUserId: `@${homeserverAdmin}:${plan.serverName}`,
    commandPrefix: `!wa-${secrets.bridge.prefix}`,
    maxLogins: 20,
    secrets: {
      asToken: secrets.bridge.asToken,
      hsToken: secrets.bridge.hsToken,
      provisioning: secrets.bridge.provisioning,
      doublePuppet: secrets.registration.doublePuppetToken,
    },
  }
}

/** Mistok's own registrations at the homeserver. */
export function registrationsFor({ mistok, serverName, secrets }: StackPlan): ReturnType<typeof registrationsOf> {
  return registrationsOf({ id: 'mistok', userPrefix: matrixDefaults.userPrefix, serverName, url: mistok.url, ...secrets.registration })
}
