import type { ExternalId } from '../../../contract/ids.ts'
import type { Check, WhatsappConfig, WhatsappConfigInput } from '../../../contract/settings.ts'
import { findCloudFacts } from '../../db/cloud-facts.ts'
import { hastenFiles } from '../../db/jobs.ts'
import { releaseHeld } from '../../db/outbox.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { CloudFound, CloudHosts, CloudNumber, CloudRoad } from '../../providers/cloud-setup.ts'
import type { Provider, ProviderName } from '../../providers/provider.ts'
import type { Channels } from '../channels/channels.ts'
import type { Accounts } from '../linking/accounts.ts'
import type { Setting, Settings } from './settings.ts'

/** Tries an account out; `found` is absent where nothing could work with it. */
export type CloudProbe = (
  road: CloudRoad,
  signal: AbortSignal,
) => Promise<{ readonly checks: readonly Check[]; readonly found?: CloudFound }>

/** The admin's settings of Meta's Cloud API (product.md 3). */
export interface CloudConfigs {
  /** As it was saved, without secrets. Throws not_found until then. */
  get(): Promise<Omit<WhatsappConfig, 'callback_url'>>
  /**
   * Tries it out, keeps it where it can work, and makes every number of the account a channel. Throws invalid_request with what is wrong;
   * the old one then goes on working. With `asDefault: false` no new chat begins on them by itself.
   */
  save(input: WhatsappConfigInput, how?: { readonly asDefault: boolean }): Promise<void>
  /** Tries this out and keeps nothing of it; what is left out is as it is stored. Throws invalid_request where a secret is missing. */
  tryOut(input: WhatsappConfigInput): Promise<readonly Check[]>
  /** What the road runs on; undefined until it was saved. */
  current(): Promise<CloudRoad | undefined>
  /** Tries out what is stored and keeps nothing of it; undefined while nothing was saved. */
  check(): Promise<readonly Check[] | undefined>
}

export interface CloudConfigsDeps {
  readonly db: Db
  readonly clock: Clock
  readonly settings: Settings
  readonly hosts: CloudHosts
  readonly probe: CloudProbe
  /** Brings what was saved into force in this process. */
  readonly reload: () => Promise<void>
  /** A random text that cannot be guessed. */
  readonly newToken: () => string
  readonly findProvider: (name: ProviderName) => Provider | undefined
  /** Both exist only once the inbox stands on the roads. */
  readonly inbox: () => { readonly accounts: Pick<Accounts, 'reserve' | 'ensure' | 'find'>; readonly channels: Pick<Channels, 'attach'> }
}

type Stored = Setting<'whatsapp_config'>

/** v25.0 is the newest that is known to work (`protocol/meta.md` 1). */
const defaultVersion = 'v25.0'
const probeMs = 60_000

export function createCloudConfigs(deps: CloudConfigsDeps): CloudConfigs {
  const { settings } = deps
  const find = () => settings.find('whatsapp_config')

  return {
    async get() {
      const stored = await find()
      if (stored === undefined) throw new AppError('not_found', 'The Cloud API has not been set up yet.')
      return present(deps.db, stored)
    },

    async save(input, { asDefault } = { asDefault: true }) {
      const before = await find()
      const secrets = secretsOf(deps, input, before)
      const value = valueOf(input, before)
      const { checks, found } = await deps.probe(roadOf(deps.hosts, value, secrets), AbortSignal.timeout(probeMs))
      if (found === undefined) throw refused(checks)
      const { numbers, tokenExpiresAt } = found
      const expiry = tokenExpiresAt === undefined ? {} : { token_expires_at: tokenExpiresAt }
      await settings.put('whatsapp_config', { ...value, ...expiry, checks }, secrets)
      await deps.reload()
      await attachAll(deps, value.business_account_id, numbers, asDefault)
    },

    async tryOut(input) {
      const before = await find()
      const road = roadOf(deps.hosts, valueOf(input, before), secretsOf(deps, input, before))
      return (await deps.probe(road, AbortSignal.timeout(probeMs))).checks
    },

    async current() {
      const stored = await find()
      return stored === undefined ? undefined : roadOf(deps.hosts, stored.value, stored.secrets)
    },

    async check() {
      const stored = await find()
      if (stored === undefined) return undefined
      return (await deps.probe(roadOf(deps.hosts, stored.value, stored.secrets), AbortSignal.timeout(probeMs))).checks
    },
  }
}

function valueOf(input: WhatsappConfigInput, before: Stored | undefined) {
  const graph_version = input.graph_version ?? before?.value.graph_version ?? defaultVersion
  return { business_account_id: input.business_account_id, graph_version }
}

/** What is left out is kept; an app secret that was changed is still accepted, because deliveries signed with it are under way. */
function secretsOf(
  { newToken }: CloudConfigsDeps,
  input: WhatsappConfigInput,
  before: Stored | undefined,
): Readonly<Record<string, string>> {
  const kept = before?.secrets ?? {}
  const accessToken = input.access_token ?? kept['access_token']
  const appSecret = input.app_secret ?? kept['app_secret']
  const required = (pointer: string, detail: string) => ({ pointer, code: 'required', detail })
  const missing = [
    ...(accessToken === undefined ? [required('/access_token', 'the token of a system user of your business')] : []),
    ...(appSecret === undefined ? [required('/app_secret', 'by which deliveries are known to be from Meta: App settings, Basic')] : []),
  ]
  if (accessToken === undefined || appSecret === undefined)
    throw new AppError('invalid_request', 'The Cloud API needs an access token and the app secret.', { fields: missing })
  const earlier = kept['app_secret'] === appSecret ? kept['earlier_app_secret'] : kept['app_secret']
  return {
    access_token: accessToken,
    app_secret: appSecret,
    verify_token: input.verify_token ?? kept['verify_token'] ?? newToken(),
    ...(earlier === undefined ? {} : { earlier_app_secret: earlier }),
  }
}

function roadOf(
  hosts: CloudHosts,
  value: Pick<Stored['value'], 'business_account_id' | 'graph_version'>,
  secrets: Stored['secrets'],
): CloudRoad {
  const { access_token = '', app_secret = '', earlier_app_secret, verify_token = '' } = secrets
  return {
    ...hosts,
    graphVersion: value.graph_version,
    businessAccountId: value.business_account_id,
    accessToken: access_token,
    appSecrets: [app_secret, ...(earlier_app_secret === undefined ? [] : [earlier_app_secret])],
    verifyToken: verify_token,
  }
}

/** Every number of the account becomes a shared channel, or goes on as the one that it was. */
async function attachAll(
  deps: CloudConfigsDeps,
  businessAccountId: string,
  numbers: readonly CloudNumber[],
  asDefault: boolean,
): Promise<void> {
  const provider = deps.findProvider('cloud')
  if (provider === undefined) throw new Error('the Cloud API was saved and is not there')
  const { accounts, channels } = deps.inbox()
  const owner = { type: 'system', id: businessAccountId } as const
  const id = await transact(deps.db, (tx) => accounts.reserve(tx, 'cloud', owner))
  const link = await accounts.ensure(provider, id, 'WhatsApp', AbortSignal.timeout(probeMs))
  for (const { id: external, phone, name } of numbers) {
    const linked = { external: external as ExternalId, phone: `+${phone}`, name, status: 'connected' } as const
    await transact(deps.db, async (tx) => {
      const attached = await channels.attach(tx, { provider, account: { id, owner, link }, phone: linked, asDefault })
      // What waited for these settings to be set right goes now.
      if (attached.type !== 'attached') return
      const now = new Date(deps.clock())
      await releaseHeld(tx, attached.channelId, now)
      await hastenFiles(tx, attached.channelId, now)
    })
  }
}

async function present(db: Db, { value, secrets, updatedAt }: Stored): Promise<Omit<WhatsappConfig, 'callback_url'>> {
  const { business_account_id, graph_version, token_expires_at, checks } = value
  const { numbers, lastDeliveryAt } = await findCloudFacts(db, business_account_id as ExternalId)
  return {
    business_account_id,
    graph_version,
    has_access_token: secrets['access_token'] !== undefined,
    has_app_secret: secrets['app_secret'] !== undefined,
    verify_token: secrets['verify_token'] ?? '',
    ...(token_expires_at === undefined ? {} : { token_expires_at }),
    ...(lastDeliveryAt === null ? {} : { last_delivery_at: lastDeliveryAt.toISOString() }),
    numbers: [...numbers],
    checks: [...checks],
    updated_at: updatedAt.toISOString(),
  }
}

function refused(checks: readonly Check[]): AppError {
  const wrong = checks.filter((check) => check.status === 'error')
  const detail = wrong.map((check) => [check.detail, check.fix].filter(Boolean).join(' ')).join(' ')
  return new AppError('invalid_request', detail === '' ? 'The Cloud API could not be tried out.' : detail, {
    fields: wrong.map((check) => ({ pointer: pointers[check.id] ?? '', code: check.id, detail: check.detail })),
  })
}

const pointers: Readonly<Record<string, string>> = { token: '/access_token', account: '/business_account_id', version: '/graph_version' }
