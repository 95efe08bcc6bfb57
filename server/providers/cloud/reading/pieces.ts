import { type Fields, fields, filled, isFields, list } from '../../../lib/fields.ts'
import type { Json, RawBatch } from '../../provider.ts'
import { idOf } from '../names.ts'

/** What raw batches are called by where they come from. */
export const streams = {
  webhook: 'webhook',
  numbers: 'numbers',
  templates: 'templates',
  app: 'app',
  deferred: 'deferred',
  reread: 'reread',
} as const

const parts = [
  'messages',
  'message_echoes',
  'statuses',
  'history',
  'state_sync',
  'calls',
  'user_actions',
  'user_id_update',
  'user_preferences',
  'errors',
] as const
export type Part = (typeof parts)[number]

/**
 * One thing to understand, cut out of the delivery it arrived in as a delivery of its own: `value` holds it alone under the name of its part,
 * with the people and the number that belong to it. What is deferred or dead is kept as a piece, and is cut into itself when it comes back.
 */
export interface Piece {
  /** `account`: all of `value` is one word on the account; `unknown`: a member of `value` that we know nothing of. */
  readonly part: Part | 'account' | 'unknown'
  /** The account, as the network names it; empty where it is not told. */
  readonly waba: string
  readonly field: string
  readonly value: Fields
  /** When it came, RFC 3339. */
  readonly arrivedAt?: string
}

/** What a batch holds, in its order; `unreadable` is what is no delivery at all. */
export type Cut = Piece | { readonly part: 'unreadable'; readonly value: unknown }

const cuts = new WeakMap<RawBatch, readonly Cut[]>()

/** All four levels of a delivery (`protocol/meta.md` 0.2), or the pieces that were put aside before. Never throws. */
export function cut(batch: RawBatch): readonly Cut[] {
  const known = cuts.get(batch)
  if (known !== undefined) return known
  const found = cutBody(batch)
  cuts.set(batch, found)
  return found
}

/** A piece as it is kept to be read again. */
export function rawOf(piece: Cut): Json {
  if (piece.part === 'unreadable') return piece.value as Json
  const { arrivedAt } = piece
  return { ...saidBy(piece), ...(arrivedAt === undefined ? {} : { arrived_at: arrivedAt }) }
}

/** What a piece says, whenever it came. */
export function saidBy({ waba, field, value }: Piece): { readonly [key: string]: Json } {
  return { waba, field, value: value as Json }
}

function cutBody({ stream, body, receivedAt }: RawBatch): readonly Cut[] {
  const read = readJson(body)
  const came = receivedAt === undefined ? {} : { arrivedAt: receivedAt }
  if (stream === streams.deferred || stream === streams.reread) return list(read).flatMap((raw) => cutKept(raw, came))
  if (!isFields(read)) return [{ part: 'unreadable', value: read ?? body }]
  // What is told of a history that was declined has been seen without its envelope.
  if (read['entry'] === undefined) return cutChange({ waba: '', ...came }, { field: 'bare', value: read })
  return many(read['entry']).flatMap((entry) => {
    if (!isFields(entry)) return [{ part: 'unreadable', value: entry } as const]
    const waba = accountOf(entry['id'])
    return many(entry['changes']).flatMap((change) =>
      isFields(change) && isFields(change['value'])
        ? cutChange({ waba, ...came }, change)
        : [{ part: 'unreadable', value: { ...entry, changes: [change] } } as const],
    )
  })
}

function accountOf(value: unknown): string {
  return /^\d{1,32}$/.exec(idOf(value) ?? '')?.[0] ?? ''
}

type Came = Pick<Piece, 'arrivedAt'>

function cutKept(raw: unknown, now: Came): readonly Cut[] {
  if (!isFields(raw)) return [{ part: 'unreadable', value: raw }]
  const at = filled(raw['arrived_at'])
  const came = at === undefined || Number.isNaN(Date.parse(at)) ? now : { arrivedAt: at }
  if (isFields(raw['value']) && typeof raw['waba'] === 'string') return cutChange({ waba: accountOf(raw['waba']), ...came }, raw)
  if (raw['changes'] === undefined) return [{ part: 'unreadable', value: raw }]
  const receivedAt = came.arrivedAt === undefined ? {} : { receivedAt: came.arrivedAt }
  return cutBody({ stream: streams.webhook, key: '', body: JSON.stringify({ entry: [raw] }), ...receivedAt })
}

const ofAll: ReadonlySet<string> = new Set(['messaging_product', 'metadata', 'contacts', ...parts])

function cutChange(of: Came & { readonly waba: string }, change: Fields): readonly Cut[] {
  const field = typeof change['field'] === 'string' ? change['field'].slice(0, 128) : ''
  const value = fields(change['value'])
  const place = { ...of, field }
  const findPeople = peopleOf(value)
  const shared = Object.fromEntries(['messaging_product', 'metadata'].flatMap((key) => (key in value ? [[key, value[key]]] : [])))
  const found = parts.flatMap((part) => {
    const all = part === 'history' ? many(value[part]).flatMap(cutHistory) : many(value[part])
    // The reasons stand beside the message that they are about.
    if (part === 'errors' && isFields(many(value['messages'])[0])) return []
    return all.map((one): Cut => {
      const people = part === 'messages' || part === 'statuses' || part === 'calls' ? findPeople(one) : {}
      const errors = part === 'messages' && 'errors' in value ? { errors: value['errors'] } : {}
      return { ...place, part, value: { ...shared, ...people, ...errors, [part]: [one] } }
    })
  })
  if (found.length === 0 && !('metadata' in value)) return [{ ...place, part: 'account', value }]
  const unknown = Object.entries(value).filter(([key, member]) => !ofAll.has(key) && typeof member === 'object' && member !== null)
  return [...found, ...unknown.map(([key, member]): Cut => ({ ...place, part: 'unknown', value: { ...shared, [key]: member } }))]
}

/** A piece of history for each message of each thread; what has no threads is one. */
function cutHistory(told: unknown): readonly unknown[] {
  const threads = many(fields(told)['threads']).filter(isFields)
  if (threads.length === 0) return [told]
  return threads.flatMap((thread) => many(thread['messages']).map((message) => ({ threads: [{ ...thread, messages: [message] }] })))
}

type People = { readonly contacts?: readonly unknown[] }

/** Finds who is told of beside a message or status, of all that the delivery tells of. */
function peopleOf(value: Fields): (one: unknown) => People {
  const all = many(value['contacts'])
  if (all.length <= 1) return () => (all.length === 0 ? {} : { contacts: all })
  const byName = new Map(
    all.flatMap((contact) => ['wa_id', 'user_id'].map((key) => [fields(contact)[key], contact] as const).filter(([name]) => isName(name))),
  )
  return (one) => {
    const names = ['from', 'from_user_id', 'recipient_id', 'recipient_user_id'].map((key) => fields(one)[key]).filter(isName)
    const theirs = new Set(names.flatMap((name) => byName.get(name) ?? []))
    return theirs.size === 0 ? {} : { contacts: [...theirs] }
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function many(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

/** Numbers that a double cannot hold are kept as they are written: ids of the network pass 2^53. Undefined for what is no JSON. */
function readJson(body: string): unknown {
  try {
    return /[:[,]\s*-?\d{16}/.test(body) ? (JSON.parse(body, exactly) as unknown) : (JSON.parse(body) as unknown)
  } catch {
    return undefined
  }
}

function exactly(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isLost = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
  return isLost ? context?.source : value
}
