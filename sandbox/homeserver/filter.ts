import { badRequest } from './errors.ts'
import type { Json } from './state.ts'

/** Whether something of this type and sender passes one part of a filter. */
export type Matcher = (type: string, sender?: string) => boolean

/** A sync or messages filter, read once; what Mistok does not use of the specification is ignored. */
export type Filter = {
  includesRoom(roomId: string): boolean
  includeLeave: boolean
  timelineLimit: number
  lazyMembers: boolean
  timeline: Matcher
  state: Matcher
  ephemeral: Matcher
  roomAccountData: Matcher
  accountData: Matcher
}

const maxTimeline = 100

/** Reads a filter object; a part that is no object, or a limit that is no number, is 400 M_UNKNOWN. */
export function parseFilter(filter: Json): Filter {
  const room = part(filter, 'room')
  const timeline = part(room, 'timeline')
  const limit = timeline.limit ?? 10
  if (!Number.isInteger(limit) || (limit as number) < 0) throw badRequest(`${JSON.stringify(limit)} is not of type 'number'`)
  return {
    includesRoom: (roomId) => passes(room, 'rooms', 'not_rooms', roomId),
    includeLeave: room.include_leave === true,
    timelineLimit: Math.min(limit as number, maxTimeline),
    lazyMembers: part(room, 'state').lazy_load_members === true,
    timeline: matcher(timeline),
    state: matcher(part(room, 'state')),
    ephemeral: matcher(part(room, 'ephemeral')),
    roomAccountData: matcher(part(room, 'account_data')),
    accountData: matcher(part(filter, 'account_data')),
  }
}

/** The matcher of a single room event filter, as `/messages` takes it. */
export function parseEventFilter(filter: Json): Matcher {
  return matcher(filter)
}

/** Reads a filter given as JSON text in a query. */
export function parseFilterText(text: string): Json {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badRequest('Invalid filter JSON', 'M_NOT_JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('Invalid filter JSON')
  return value as Json
}

function part(holder: Json, name: string): Json {
  const value = holder[name]
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`${JSON.stringify(value)} is not of type 'object'`)
  return value as Json
}

function matcher(filter: Json): Matcher {
  return (type, sender) =>
    passes(filter, 'types', 'not_types', type) && (sender === undefined || passes(filter, 'senders', 'not_senders', sender))
}

function passes(filter: Json, wanted: string, unwanted: string, value: string): boolean {
  const list = (name: string) => (Array.isArray(filter[name]) ? (filter[name] as unknown[]) : undefined)
  const hits = (patterns: unknown[]) => patterns.some((pattern) => typeof pattern === 'string' && wildcard(pattern, value))
  if (hits(list(unwanted) ?? [])) return false
  const only = list(wanted)
  return only === undefined || hits(only)
}

function wildcard(pattern: string, value: string): boolean {
  if (!pattern.includes('*')) return pattern === value
  const source = pattern.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`).test(value)
}
