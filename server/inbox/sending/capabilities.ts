import type { Capabilities } from '../../../contract/capability.ts'
import type { ChannelId, ConversationId, ExternalId } from '../../../contract/ids.ts'
import { loadFacts } from '../../db/inbound.ts'
import type { DbOrTx } from '../../db/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Limits } from '../../providers/provider.ts'
import { type Actor, getConversationFor, type Place } from '../people/access.ts'
import type { FindLine, Line } from '../channels/connections.ts'
import type { VoiceNotes } from './voice-notes.ts'

interface Deps {
  readonly db: DbOrTx
  readonly clock: Clock
  readonly findLine: FindLine
  readonly voiceNotes: Pick<VoiceNotes, 'canConvert'>
}

const closed: Limits = {
  text: { max_length: 0, formatting: [] },
  files: {},
  voice: [],
  other: [],
  reply: false,
  reaction: false,
  edit: false,
  delete_for_everyone: false,
  read_receipts: false,
  typing: false,
}

/** What may be done in a conversation right now, and from which number. */
export async function capabilitiesOf(deps: Deps, actor: Actor, conversationId: ConversationId): Promise<Capabilities> {
  const place = await getConversationFor(deps.db, actor, conversationId)
  const line = await deps.findLine(place.channel_id)
  const channel = await deps.db
    .selectFrom('channels')
    .select(['id', 'name', 'phone', 'status', 'deleted_at'])
    .where('id', '=', place.channel_id)
    .executeTakeFirstOrThrow()
  const open = line !== undefined && channel.deleted_at === null
  const taken = open ? await sendLimitsOf(deps.db, line, place.external_id) : closed
  const { windowed = false, ...whole } = taken
  const limits = isWindowOpen(taken, place, deps.clock()) ? whole : { ...closed, other: whole.other.filter(isTemplate) }
  const converts = limits.voice.length > 0 && (await deps.voiceNotes.canConvert())
  return {
    ...limits,
    voice: converts ? [...limits.voice, 'audio/*'] : limits.voice,
    from_channel: open ? { id: channel.id, name: channel.name, phone: channel.phone, rerouted: false } : null,
    window_closes_at: windowed ? (place.window_closes_at ?? new Date(deps.clock())).toISOString() : null,
  }
}

const isTemplate = (type: Limits['other'][number]) => type === 'template'

/** Whether one may write freely now, where that ends some time after the contact has written. */
export function isWindowOpen(
  { windowed }: Pick<Limits, 'windowed'>,
  { window_closes_at }: Pick<Place, 'window_closes_at'>,
  now: number,
): boolean {
  return windowed !== true || (window_closes_at !== null && window_closes_at.getTime() > now)
}

/** The line out of a channel. Throws channel_not_connected. */
export async function getLine({ findLine }: Pick<Deps, 'findLine'>, channel: ChannelId): Promise<Line> {
  const line = await findLine(channel)
  if (line === undefined || !line.channel.isOpen) {
    throw new AppError('channel_not_connected', 'The number of this conversation is not connected. Connect it again, then send.')
  }
  return line
}

/** What the network takes in a conversation. */
export async function limitsOf(db: DbOrTx, { connection, channel }: Line, conversation: ExternalId): Promise<Limits> {
  const key = connection.limitsKey(conversation)
  const facts = await loadFacts(db, channel.provider, [key])
  return connection.limits(facts.get(key) ?? null)
}

/** So long a network that is away is waited for before its own limit is left out of account, in milliseconds. */
const askMs = 3_000

/** What can be sent in a conversation: as the network takes it, and as the way there lets it pass. */
export async function sendLimitsOf(db: DbOrTx, line: Line, conversation: ExternalId): Promise<Limits> {
  const limits = await limitsOf(db, line, conversation)
  const largest = await line.connection.largestFile?.(AbortSignal.timeout(askMs)).catch(() => undefined)
  if (largest === undefined) return limits
  const files = Object.entries(limits.files).map(([type, file]) => [type, { ...file, max_bytes: Math.min(file.max_bytes, largest) }])
  return { ...limits, files: Object.fromEntries(files) as Limits['files'] }
}
