import type { Capabilities } from '../../../contract/capability.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import type { Limits } from '../../providers/provider.ts'
import { type Actor, getConversationFor, type Place } from '../people/access.ts'
import { isWindowOpen, sendLimitsOf } from './lines.ts'
import { findWay, reasonWords, type RoutingDeps, type Way } from './routing.ts'
import type { VoiceNotes } from './voice-notes.ts'

interface Deps extends RoutingDeps {
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
  const [way, own] = await Promise.all([findWay(deps, actor, place, undefined), readOwn(deps, place)])
  const now = deps.clock()
  const here = withinWindow(own.limits, place, now)
  const out = way.kind === 'stay' ? here : way.kind === 'go' ? withinWindow(way.limits, way.chat, now) : closed
  const { text, files, voice, other } = out
  const { reaction, edit, delete_for_everyone, read_receipts, typing } = here
  const canConvert = voice.length > 0 && (await deps.voiceNotes.canConvert())
  const sendable = { text, files, voice: canConvert ? [...voice, 'audio/*'] : voice, other, reply: way.kind === 'stay' && out.reply }
  return { ...sendable, reaction, edit, delete_for_everyone, read_receipts, typing, ...sourceOf(way, own, now) }
}

type Source = Pick<Capabilities, 'from_channel' | 'route_unavailable' | 'window_closes_at'>

type Own = Awaited<ReturnType<typeof readOwn>>

function sourceOf(way: Way, own: Own, now: number): Source {
  switch (way.kind) {
    case 'stay':
      return {
        from_channel: own.channel === null ? null : { ...own.channel, rerouted: false, needs_confirmation: false },
        window_closes_at: closingTime(own.limits, own.place, now),
      }
    case 'go': {
      const { id, name, phone } = way.number
      const into = way.chat === null ? {} : { conversation_id: way.chat.id }
      return {
        from_channel: { id, name, phone, rerouted: true, needs_confirmation: way.confirm, ...into },
        window_closes_at: closingTime(way.limits, way.chat, now),
      }
    }
    case 'refuse':
      return { from_channel: null, window_closes_at: null, route_unavailable: { reason: way.reason, detail: reasonWords[way.reason] } }
  }
}

/** What may be done where the window matters: outside of it only templates go. */
function withinWindow(limits: Limits, place: Pick<Place, 'window_closes_at'> | null, now: number): Limits {
  return isWindowOpen(limits, place, now) ? limits : { ...closed, other: limits.other.filter((type) => type === 'template') }
}

/** One that has never been open closes now. */
function closingTime({ windowed }: Limits, place: Pick<Place, 'window_closes_at'> | null, now: number): string | null {
  return windowed === true ? (place?.window_closes_at ?? new Date(now)).toISOString() : null
}

/** What the conversation's own number is and allows; `channel` is null while nothing can go out from it. */
async function readOwn({ db, findLine }: Pick<Deps, 'db' | 'findLine'>, place: Place) {
  const line = await findLine(place.channel_id)
  const row = await db
    .selectFrom('channels')
    .select(['id', 'name', 'phone', 'deleted_at'])
    .where('id', '=', place.channel_id)
    .executeTakeFirstOrThrow()
  const { deleted_at, ...channel } = row
  if (line === undefined || deleted_at !== null) return { channel: null, limits: closed, place }
  return { channel, limits: await sendLimitsOf(db, line, place.external_id), place }
}
