import type { FeedLine } from '../../db/read/events.ts'
import { AppError } from '../../lib/errors.ts'
import { callerOf, type Register } from '../register.ts'
import { type EventFilter, eventsFor, readFilter, streamEvents, type StreamParts } from '../stream.ts'
import type { Actor } from '../../inbox/people/access.ts'

/** A page looks through so many lines at most, however few of them its reader may see. */
const mostLines = 2_000

/** What happened: as a stream, or page by page. `stopping` ends the streams when the server stops; those that are open are in `streams`. */
export function eventRoutes(on: Register, parts: StreamParts & { readonly stopping: AbortSignal; readonly streams: Set<unknown> }): void {
  on('listEvents', async ({ actor, query, request, reply }) => {
    const filter = readFilter(query)
    const { 'last-event-id': lastId, accept } = request.headers
    if (Array.isArray(lastId)) throw new AppError('invalid_request', 'There is more than one Last-Event-ID.')
    // What the browser sends when it comes back is newer than what its address says.
    const after = lastId || query.after || undefined
    const isStream = request.method === 'GET' && accept?.includes('text/event-stream') === true
    if (isStream) {
      parts.streams.add(reply)
      return streamEvents(parts, callerOf(request), filter, after, reply, parts.stopping).finally(() => parts.streams.delete(reply))
    }
    return readPage(parts, actor, filter, after, query.limit ?? 50)
  })
}

/** `next_cursor` is always there: a feed has no last page. */
async function readPage(parts: StreamParts, actor: Actor, filter: EventFilter, after: string | undefined, limit: number) {
  let cursor = after ?? (await parts.feed.now())
  const items = []
  let hasMore = after !== undefined
  for (let looked = 0; hasMore && looked < mostLines && items.length < limit;) {
    const lines: readonly FeedLine[] = await parts.feed.read(cursor, Math.min(200, limit - items.length))
    items.push(...(await eventsFor(parts, actor, filter, lines)))
    cursor = lines.at(-1)?.cursor ?? cursor
    looked += lines.length
    hasMore = lines.length > 0
  }
  return { items, next_cursor: cursor, has_more: hasMore }
}
