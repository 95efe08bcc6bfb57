import { listNotices } from '../../db/read/notices.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { isAdmin, visibleChannelIds } from '../../inbox/people/access.ts'
import type { Register } from '../register.ts'

/** What was told of numbers: to an admin of all, to a person of their own, to a key of those that it may see. */
export function noticeRoutes(on: Register, { readDb }: { readDb: Reads }): void {
  on('listNotices', async ({ actor, query }) => {
    if (isAdmin(actor)) return listNotices(readDb, 'all', query)
    const of = actor.kind === 'user' ? { owner: actor.id } : { channels: await visibleChannelIds(readDb, actor) }
    return listNotices(readDb, of, query)
  })
}
