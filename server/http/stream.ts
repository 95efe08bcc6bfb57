import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { eventTypes } from '../../contract/event.ts'
import type { ChannelId } from '../../contract/ids.ts'
import { type EventRights, type FeedLine, presentEvents, type ReadLogins } from '../db/read/events.ts'
import type { Reads, Viewer } from '../db/read/viewer.ts'
import { type Actor, isAdmin, knownChannelIds, viewerOf } from '../inbox/people/access.ts'
import type { Feed } from '../inbox/feed.ts'
import { AppError } from '../lib/errors.ts'
import type { Caller } from './auth.ts'

/** What is told and never kept: that a contact types, that a colleague looks. */
const moments = ['typing', 'presence'] as const
export type Moment = (typeof moments)[number]

export interface StreamParts {
  readonly readDb: Reads
  readonly logins: { readonly read: ReadLogins }
  readonly feed: Feed
  /** Calls back with each word on what somebody does at this moment. */
  readonly onMoment: (what: Moment, hear: (payload: string) => void) => () => void
}

/** What a follower asked for: types of events, and one channel. Undefined is everything. */
export interface EventFilter {
  readonly types: ReadonlySet<string> | undefined
  readonly channelId: ChannelId | undefined
}

const linesAtOnce = 100
const heartbeatMs = 15_000
/** How soon a session or key that ended is noticed on a stream that is silent. */
const recheckMs = 1_000
/** A reader that takes nothing for so long is cut off; it comes back and resumes. */
const patienceMs = 15_000

/** Throws invalid_request for a type that there is not. */
export function readFilter({ types, channel_id }: { readonly types?: string; readonly channel_id?: ChannelId }): EventFilter {
  const named = types?.split(',').map((type) => type.trim())
  const unknown = named?.find((type) => !([...eventTypes, ...moments] as readonly string[]).includes(type))
  if (unknown !== undefined) {
    const detail = `There is no event type ${JSON.stringify(unknown.slice(0, 40))}.`
    throw new AppError('invalid_request', detail, { fields: [{ pointer: '/query/types', code: 'not_allowed', detail }] })
  }
  return { types: named === undefined ? undefined : new Set(named), channelId: channel_id }
}

/** The lines as this actor may see them at this moment. */
export async function eventsFor({ readDb, logins }: StreamParts, actor: Actor, filter: EventFilter, lines: readonly FeedLine[]) {
  const wanted = lines.filter(isWanted(filter))
  if (wanted.length === 0) return []
  const viewer = await viewerOf(readDb, actor)
  return presentEvents(readDb, logins.read, viewer, await rightsOf(readDb, actor, viewer, wanted), wanted)
}

function isWanted({ types, channelId }: EventFilter): (line: FeedLine) => boolean {
  return (line) => (types?.has(line.type) ?? true) && (channelId === undefined || line.channelId === channelId)
}

async function rightsOf(db: Reads, actor: Actor, viewer: Viewer, lines: readonly FeedLine[]): Promise<EventRights> {
  const knowsChannels = actor.kind === 'user' || actor.scopes.includes('channels:read')
  const isAsked = knowsChannels && lines.some((line) => line.type.startsWith('channel.'))
  return {
    knownChannels: isAsked ? [...(await knownChannelIds(db, actor)), ...viewer.channels] : [],
    maySeeLogin: (userId) => (actor.kind === 'key' ? actor.scopes.includes('channels:connect') : isAdmin(actor) || userId === actor.id),
    maySeeNotice: ({ channelId, userId }) =>
      actor.kind === 'key'
        ? knowsChannels && channelId !== null && viewer.channels.includes(channelId)
        : isAdmin(actor) || userId === actor.id,
  }
}

/**
 * Follows the feed as server-sent events until the reader goes, their session ends, or the server stops. `ready` comes first and
 * carries the cursor; a heartbeat carries how far the feed has been looked through, so that a quiet reader's cursor does not age.
 */
export async function streamEvents(
  parts: StreamParts,
  caller: Caller,
  filter: EventFilter,
  after: string | undefined,
  reply: FastifyReply,
  stopping: AbortSignal,
): Promise<FastifyReply> {
  let cursor = after ?? (await parts.feed.now())
  const leaving = new AbortController()
  const signal = AbortSignal.any([leaving.signal, stopping])
  // Before the head is sent, so that a cursor which is too old is a plain 410.
  await parts.feed.check(cursor)

  const out = openStream(reply, leaving)
  // One after the other: whoever left must not come back by a slower look at who may know.
  let telling = Promise.resolve()
  const forget = moments.map((what) =>
    parts.onMoment(what, (payload) => {
      telling = telling.then(() => tellMoment(parts, what, caller, filter, payload, out)).catch(() => leaving.abort())
    }),
  )
  const beating = setInterval(() => out.writeSoon(`: \nid: ${cursor}\n\n`), heartbeatMs)
  const rechecking = setInterval(
    () =>
      void caller.again().then(
        (actor) => actor ?? leaving.abort(),
        () => {},
      ),
    recheckMs,
  )
  try {
    await out.write(`retry: 2000\nevent: ready\nid: ${cursor}\ndata: ${JSON.stringify({ id: cursor })}\n\n`)
    for await (const lines of parts.feed.follow(cursor, signal)) {
      for (let start = 0; start < lines.length; start += linesAtOnce) {
        const some = lines.slice(start, start + linesAtOnce)
        if (some.some(isWanted(filter))) {
          const actor = await caller.again()
          if (actor === undefined) return reply
          const events = await eventsFor(parts, actor, filter, some)
          await out.write(events.map((event) => `event: ${event.type}\nid: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
        }
        cursor = some.at(-1)?.cursor ?? cursor
      }
    }
  } finally {
    clearInterval(beating)
    clearInterval(rechecking)
    for (const one of forget) one()
    leaving.abort()
    out.end()
  }
  return reply
}

interface Out {
  /** Waits while the reader is slow; throws when it is too slow. */
  write(text: string): Promise<void>
  /** For what may be left out: nothing is written while the reader is slow. */
  writeSoon(text: string): void
  end(): void
}

function openStream(reply: FastifyReply, leaving: AbortController): Out {
  reply.hijack()
  const { raw } = reply
  raw.on('close', () => leaving.abort())
  raw.on('error', () => leaving.abort())
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  })
  return {
    async write(text) {
      if (text === '' || raw.destroyed || raw.write(text)) return
      if (!(await drains(raw, leaving.signal))) raw.destroy()
    },
    writeSoon(text) {
      if (!raw.destroyed && !raw.writableNeedDrain) raw.write(text)
    },
    end: () => raw.end(),
  }
}

async function drains(raw: ServerResponse, leaving: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([leaving, AbortSignal.timeout(patienceMs)])
  return once(raw, 'drain', { signal }).then(
    () => true,
    () => false,
  )
}

/** Tells what somebody does, if this reader may see the chat. It has no id: it is not kept, and missing it is nothing lost. */
async function tellMoment(
  { readDb }: StreamParts,
  what: Moment,
  caller: Caller,
  filter: EventFilter,
  payload: string,
  out: Out,
): Promise<void> {
  if (payload === '' || filter.types?.has(what) === false) return
  const { channel_id, ...moment } = JSON.parse(payload) as { readonly channel_id: ChannelId }
  if (filter.channelId !== undefined && filter.channelId !== channel_id) return
  const actor = await caller.again()
  // What colleagues look at is for people.
  if (actor === undefined || (what === 'presence' && actor.kind === 'key')) return
  if ((await viewerOf(readDb, actor)).channels.includes(channel_id)) out.writeSoon(`event: ${what}\ndata: ${JSON.stringify(moment)}\n\n`)
}
