import { listNotices } from '../../db/read/notices.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { isAdmin, viewerOf } from '../../inbox/people/access.ts'
import type { Register } from '../register.ts'

/** What was told of numbers (to an admin of all, to a person of their own, to a key of those that it may see), and to this person alone. */
export function noticeRoutes(on: Register, { readDb }: { readDb: Reads }): void {
  on('listNotices', async ({ actor, query }) => {
    const viewer = await viewerOf(readDb, actor)
    if (isAdmin(actor)) return listNotices(readDb, viewer, 'all', query)
    const of = actor.kind === 'user' ? { owner: actor.id } : { channels: viewer.channels }
    return listNotices(readDb, viewer, of, query)
  })
}
