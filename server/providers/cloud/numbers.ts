import type { ChannelStatus } from '../../../contract/channel.ts'
import type { ExternalId } from '../../../contract/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { fields, filled, isFields, list } from '../../lib/fields.ts'
import type { AccountLink, LinkedPhone, Numbers } from '../provider.ts'
import { type Graph, GraphError } from './client.ts'
import { toBeSetRight, wordsOf } from './errors.ts'
import { digitsOf, idOf } from './names.ts'
import { numberKey } from './reading/facts.ts'

const wanted =
  'id,display_phone_number,verified_name,quality_rating,status,throughput,platform_type,is_on_biz_app,name_status,code_verification_status,health_status'
const pageSize = 100
const mostPages = 20

/** The account's numbers as the network lists them. Throws as the client does. */
export async function listNumbers(graph: Graph, account: ExternalId, signal?: AbortSignal): Promise<readonly unknown[]> {
  const found: unknown[] = []
  let after: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await graph.call({
      method: 'GET',
      path: [account, 'phone_numbers'],
      query: { fields: wanted, limit: String(pageSize), ...(after === undefined ? {} : { after }) },
      ...(signal === undefined ? {} : { signal }),
    })
    found.push(...list(answer['data']))
    const paging = fields(answer['paging'])
    const next = filled(fields(paging['cursors'])['after'])
    if (next === undefined || next === after || paging['next'] === undefined) return found
    after = next
  }
  return found
}

/** The network is asked at most so often: what changes between is told by it, and asked for then (`protocol/meta.md` 1). */
const restMs = 5 * 60_000

/** How our numbers stand, as the network said last. */
export interface NumberStates {
  /** At most `restMs` old. Throws as the client does. */
  recent(account: ExternalId): Promise<readonly unknown[]>
  /** Asked for now. */
  asked(account: ExternalId, signal: AbortSignal): Promise<readonly unknown[]>
}

export function createNumberStates({ graph, clock }: { graph: Graph; clock: Clock }): NumberStates {
  const known = new Map<ExternalId, { readonly at: number; readonly numbers: readonly unknown[] }>()
  async function ask(account: ExternalId, signal?: AbortSignal): Promise<readonly unknown[]> {
    const numbers = await listNumbers(graph, account, signal)
    known.set(account, { at: clock(), numbers })
    return numbers
  }
  return {
    async recent(account) {
      const last = known.get(account)
      return last !== undefined && clock() - last.at < restMs ? last.numbers : ask(account)
    },
    asked: ask,
  }
}

/** The numbers of the account, each a channel. Nothing links or unlinks them here. */
export function createNumbers(states: NumberStates): Numbers {
  return {
    async list({ external }: AccountLink) {
      const told = await states.recent(external).catch((error: unknown) => {
        const words = error instanceof GraphError ? toBeSetRight(error) : undefined
        throw words === undefined ? error : new AppError('not_configured', words, { cause: error })
      })
      return told.flatMap((one) => readNumberState(one) ?? [])
    },
    words: {
      away: 'WhatsApp’s servers do not answer. What is sent waits.',
      gone: 'This number is no longer in the WhatsApp business account. An admin has to look into the WhatsApp Manager.',
    },
    attached: ({ external: account }, { external }) => ({
      facts: [{ key: numberKey(external), value: { account } }],
      resolved: [numberKey(external)],
    }),
    held: ({ external }) => [{ key: numberKey(external), value: null }],
  }
}

const states: Readonly<Record<string, readonly [status: ChannelStatus, detail?: string]>> = {
  CONNECTED: ['connected'],
  FLAGGED: ['connected', 'WhatsApp has flagged this number: people block or report its messages. If that goes on it will be limited.'],
  PENDING: ['connecting', 'The number is not registered yet. An admin has to register it in the WhatsApp Manager.'],
  UNVERIFIED: ['connecting', 'The number is not verified yet. An admin has to verify and register it in the WhatsApp Manager.'],
  OFFLINE: ['degraded', 'WhatsApp says that this number is offline.'],
  RESTRICTED: ['restricted', 'WhatsApp has restricted this number: it has reached its limit of new conversations, or its quality is low.'],
  RATE_LIMITED: ['restricted', 'WhatsApp has limited how much this number may send.'],
  BANNED: ['banned', 'WhatsApp has banned this number. An admin may appeal in the WhatsApp Manager.'],
  DISCONNECTED: ['logged_out', 'The number is disconnected from the API. An admin has to register it again in the WhatsApp Manager.'],
  DELETED: ['logged_out', 'The number was deleted from the WhatsApp account.'],
  MIGRATED: ['logged_out', 'The number has been moved to another account.'],
}

/** A number with its state, as it is listed; undefined for what is none. */
export function readNumberState(told: unknown): LinkedPhone | undefined {
  const number = fields(told)
  const external = idOf(number['id'])
  const digits = digitsOf(number['display_phone_number'])
  if (external === undefined || digits === undefined) return undefined
  const [status, detail] = states[filled(number['status']) ?? 'CONNECTED'] ?? ['connected']
  const phone = { external, phone: `+${digits}`, name: filled(number['verified_name']) ?? `+${digits}` }
  const health = fields(number['health_status'])
  if (status === 'connected' && health['can_send_message'] === 'BLOCKED')
    return { ...phone, status: 'restricted', detail: `WhatsApp does not let this number send. ${troubleOf(health['entities'])}`.trim() }
  return { ...phone, status, ...(detail === undefined ? {} : { detail }) }
}

function troubleOf(entities: unknown): string {
  const errors = list(entities)
    .flatMap((entity) => list(fields(entity)['errors']))
    .filter(isFields)
  return errors
    .map((error) => filled(error['possible_solution']) ?? filled(error['error_description']) ?? wordsOf(error))
    .join(' ')
    .slice(0, 400)
}
