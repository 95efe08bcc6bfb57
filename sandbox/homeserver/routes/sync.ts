import { authenticate, type Requester } from '../auth.ts'
import type { Core } from '../core.ts'
import { badRequest } from '../errors.ts'
import { parseFilter, parseFilterText, type Filter } from '../filter.ts'
import type { Parts } from '../homeserver.ts'
import { ok, queryInteger } from '../http.ts'
import type { Json } from '../state.ts'
import { sync } from '../sync.ts'
import { parseToken } from '../tokens.ts'

const cacheMs = 2 * 60_000

/** GET /sync. The same request within two minutes gets the same answer, as Synapse caches it (protocol/homeserver.md 2.3). */
export function routeSync({ core, router, typing, closing }: Parts): void {
  const answers = new Map<string, Promise<{ body: Json; changed: boolean }>>()
  router.on('GET', '/_matrix/client/v3/sync', async (request) => {
    if (request.query.has('from')) throw badRequest("'from' is not a valid query parameter. Did you mean 'since'?")
    const requester = authenticate(core, request)
    if (requester.appservice?.sender === requester.userId) throw new Error('the sender of an appservice cannot sync')
    const timeoutMs = Math.max(0, queryInteger(request, 'timeout') ?? 0)
    const presence = request.query.get('set_presence')
    if (presence !== null && !['online', 'offline', 'unavailable'].includes(presence)) {
      throw badRequest("Query parameter 'set_presence' must be one of ['offline', 'online', 'unavailable']", 'M_INVALID_PARAM')
    }
    const filterText = request.query.get('filter')
    const filter = filterOf(core, requester, filterText)
    const sinceText = request.query.get('since')
    const since = sinceText === null ? null : parseToken(sinceText)
    const fullState = request.query.get('full_state') === 'true'
    const key = JSON.stringify([requester.userId, requester.deviceId, sinceText, timeoutMs, filterText, fullState])
    const known = answers.get(key)
    if (known !== undefined) return ok((await known).body)
    const answer = sync(core, typing, requester, { since, timeoutMs, filter, fullState }, closing)
    answers.set(key, answer)
    const result = await answer.finally(() => answers.delete(key))
    if (result.changed || since === null) {
      answers.set(key, answer)
      setTimeout(() => answers.delete(key), cacheMs).unref()
    }
    return ok(result.body)
  })
}

function filterOf(core: Core, requester: Requester, text: string | null): Filter {
  if (text === null) return parseFilter({})
  if (text.startsWith('{')) return parseFilter(parseFilterText(text))
  if (!/^\d+$/.test(text)) throw badRequest('Invalid filter ID', 'M_INVALID_PARAM')
  const filter = core.store.state.users.get(requester.userId)?.filters[Number(text)]
  if (filter === undefined) throw badRequest('No such filter', 'M_INVALID_PARAM')
  return parseFilter(filter)
}
