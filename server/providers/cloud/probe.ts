import type { ExternalId } from '../../../contract/ids.ts'
import type { Check } from '../../../contract/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { fields, filled, list, texts } from '../../lib/fields.ts'
import { type HttpClient, HttpError } from '../../lib/http-client.ts'
import { checkTime, hearTime } from '../../lib/told-time.ts'
import type { CloudFound, CloudRoad } from '../cloud-setup.ts'
import { createGraph, type Graph, GraphError } from './client.ts'
import { toBeSetRight } from './errors.ts'
import { digitsOf, idOf } from './names.ts'
import { listNumbers, readNumberState } from './numbers.ts'

export interface CloudProbe {
  /** What was looked at, in the order in which things depend on each other. */
  readonly checks: readonly Check[]
  /** Absent when nothing could work with these settings. */
  readonly found?: CloudFound
}

/**
 * Tries out the settings of the business road: the token, the account, its numbers, and whether the account sends its deliveries to our app,
 * which is set up where it does not (`protocol/meta.md` 7.6). Never throws for what an admin has to set right: that is a check.
 */
export async function probeCloud(
  deps: { readonly http: HttpClient; readonly clock: Clock },
  road: CloudRoad,
  signal: AbortSignal,
): Promise<CloudProbe> {
  const heard = hearTime(deps.http, deps.clock)
  const graph = createGraph({ http: heard.http, access: road })
  const account = road.businessAccountId as ExternalId
  const token = await checkToken(graph, road, deps.clock(), signal)
  if (token.check.status === 'error') return { checks: [token.check] }
  const reached = await checkAccount(graph, account, signal)
  if (reached.status === 'error') return { checks: [token.check, reached] }
  const numbers = await checkNumbers(graph, account, signal)
  const subscribed = await checkSubscription(graph, account, token.app, signal)
  const checks = [token.check, reached, numbers.check, subscribed, checkVersion(graph, road), checkSecret(road), ...checkTime(heard, time)]
  if (numbers.found === undefined) return { checks }
  return { checks, found: { numbers: numbers.found, ...(token.expiresAt === undefined ? {} : { tokenExpiresAt: token.expiresAt }) } }
}

const ok = (id: string, detail: string): Check => ({ id, status: 'ok', detail })
const warning = (id: string, detail: string, fix: string): Check => ({ id, status: 'warning', detail, fix })
const wrong = (id: string, detail: string, fix: string): Check => ({ id, status: 'error', detail, fix })

const newToken =
  'Make a token of a system user in the Business settings, with whatsapp_business_messaging and whatsapp_business_management, and enter it here.'
const time = {
  id: 'clock',
  whose: 'Meta',
  cost: 'The 24 hours in which one may write freely end too early or too late here, and messages are shown at wrong times.',
}
const needed = ['whatsapp_business_messaging', 'whatsapp_business_management']
const soonMs = 14 * 24 * 3_600_000

interface TokenFound {
  readonly check: Check
  readonly expiresAt?: string
  /** The app that the token is of. */
  readonly app?: ExternalId
}

async function checkToken(graph: Graph, { accessToken }: CloudRoad, now: number, signal: AbortSignal): Promise<TokenFound> {
  // As a form, because an address stands in the logs of whatever is on the way.
  const form = { input_token: accessToken, method: 'get' }
  const asked = await graph.call({ method: 'POST', path: ['debug_token'], form, signal }).catch((error: unknown) => error)
  if (asked instanceof HttpError) return { check: unreachable('token', asked) }
  if (asked instanceof GraphError && asked.code === 190)
    return { check: wrong('token', `WhatsApp does not accept the token: ${asked.detail}`, newToken) }
  // A token may work without being allowed to be looked at: whether it does shows in what is asked with it.
  if (asked instanceof Error) return { check: ok('token', 'The token is accepted; how long it is good for is not told.') }
  const data = fields(fields(asked)['data'])
  if (data['is_valid'] === false) {
    const why = filled(fields(data['error'])['message']) ?? 'it is not valid'
    return { check: wrong('token', `WhatsApp does not accept the token: ${why.replaceAll(accessToken, '…')}`, newToken) }
  }
  const scopes = texts(data['scopes'])
  const missing = needed.filter((scope) => scopes.length > 0 && !scopes.includes(scope))
  if (missing.length > 0) return { check: wrong('token', `The token lacks ${missing.join(' and ')}.`, newToken) }
  const expires = typeof data['expires_at'] === 'number' && data['expires_at'] > 0 ? data['expires_at'] * 1_000 : undefined
  const app = idOf(data['app_id'])
  const found = {
    ...(expires === undefined ? {} : { expiresAt: new Date(expires).toISOString() }),
    ...(app === undefined ? {} : { app }),
  }
  if (expires === undefined) return { ...found, check: ok('token', 'The token is valid and does not end.') }
  const until = new Date(expires).toISOString().slice(0, 10)
  return expires - now < soonMs
    ? { ...found, check: warning('token', `The token ends on ${until}: from then on nothing is sent.`, newToken) }
    : { ...found, check: ok('token', `The token is valid until ${until}.`) }
}

async function checkAccount(graph: Graph, account: ExternalId, signal: AbortSignal): Promise<Check> {
  try {
    const told = await graph.call({ method: 'GET', path: [account], query: { fields: 'id,name' }, signal })
    return ok('account', `The token reaches the account ${filled(told['name']) ?? account}.`)
  } catch (error) {
    return failed(
      'account',
      error,
      'Enter the id of the WhatsApp Business Account (not that of the app or the number), and give the system user this account.',
    )
  }
}

async function checkNumbers(
  graph: Graph,
  account: ExternalId,
  signal: AbortSignal,
): Promise<{ check: Check; found?: CloudFound['numbers'] }> {
  try {
    const told = (await listNumbers(graph, account, signal)).flatMap((one) => readNumberState(one) ?? [])
    const found = told.map(({ external, phone, name }) => ({ id: external, phone: digitsOf(phone) ?? '', name }))
    if (told.length === 0)
      return { found, check: warning('numbers', 'The account has no number.', 'Add one in the WhatsApp Manager, then save again.') }
    const troubled = told.filter(({ status }) => status !== 'connected')
    const names = told.map(({ phone }) => phone).join(', ')
    if (troubled.length === 0) return { found, check: ok('numbers', `Numbers of the account: ${names}.`) }
    const [first] = troubled
    const detail = troubled.map(({ phone, status, detail: why }) => `${phone} is ${status}. ${why ?? ''}`.trim()).join(' ')
    return { found, check: warning('numbers', detail, first?.detail ?? 'Look into the WhatsApp Manager.') }
  } catch (error) {
    return { check: failed('numbers', error, newToken) }
  }
}

/** Without it WhatsApp delivers nothing to the app's webhook. */
async function checkSubscription(graph: Graph, account: ExternalId, app: ExternalId | undefined, signal: AbortSignal): Promise<Check> {
  const path = [account, 'subscribed_apps']
  try {
    const apps = list((await graph.call({ method: 'GET', path, signal }))['data']).map((one) =>
      idOf(fields(fields(one)['whatsapp_business_api_data'])['id']),
    )
    if (app === undefined ? apps.length > 0 : apps.includes(app)) return ok('subscription', 'The account delivers to the app.')
    await graph.call({ method: 'POST', path, body: {}, signal })
    return ok('subscription', 'The account delivers to the app from now on.')
  } catch (error) {
    return failed('subscription', error, 'Give the token whatsapp_business_management, so that the app can be subscribed to the account.')
  }
}

function checkVersion(graph: Graph, { graphVersion }: CloudRoad): Check {
  const other = graph.otherVersion()
  if (other === undefined) return ok('version', `The API is used in version ${graphVersion}.`)
  return warning(
    'version',
    `The API was asked in version ${graphVersion} and answered in ${other}: that version has ended.`,
    `Enter ${other} or a newer one.`,
  )
}

function checkSecret({ appSecrets }: CloudRoad): Check {
  return appSecrets.some((secret) => secret !== '')
    ? ok('app_secret', 'Deliveries are checked with the app secret.')
    : wrong(
        'app_secret',
        'Without the app secret no delivery can be checked, and all are refused.',
        'Enter the app secret from the app’s basic settings.',
      )
}

function failed(id: string, error: unknown, fix: string): Check {
  if (error instanceof HttpError) return unreachable(id, error)
  if (!(error instanceof GraphError)) return wrong(id, messageOf(error), fix)
  return wrong(id, error.message, toBeSetRight(error) ?? fix)
}

function unreachable(id: string, error: HttpError): Check {
  return wrong(
    id,
    `WhatsApp’s API cannot be reached: ${error.message}.`,
    'See that this server may reach graph.facebook.com over https, then save again.',
  )
}
