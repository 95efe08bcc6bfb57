import type { NoticeId } from '../../../contract/ids.ts'
import { appendEvents } from '../../db/events.ts'
import { insertNoticeOnce, listFallen, listRisen } from '../../db/notices.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'

/** What passes sooner is not worth anybody's attention. */
const patienceMs = 300_000

/** Tells the owners of numbers and the admins which have fallen and which are back, each fall and each return once (product.md 5). */
export async function tellOfNumbers({ db, clock, newId }: { db: Db; clock: Clock; newId: NewId }): Promise<boolean> {
  const now = new Date(clock())
  for (const news of [...(await listFallen(db, new Date(now.getTime() - patienceMs))), ...(await listRisen(db))]) {
    await transact(db, async (tx) => {
      const id = newId<NoticeId>('notice')
      if (!(await insertNoticeOnce(tx, id, news, now))) return
      const whom = news.owner_id === null ? {} : { userId: news.owner_id }
      await appendEvents(tx, [{ type: 'notice.created', objectId: id, channelId: news.channel_id, ...whom }], now)
    })
  }
  return false
}
