import type { ChannelId, ConversationId } from '../../../contract/ids.ts'
import { findChannel } from '../../db/channels.ts'
import { excludeConversation, includeConversation } from '../../db/copying.ts'
import { appendEvents } from '../../db/events.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { type Actor, getConversationFor, isAdmin, knownChannelIds } from '../people/access.ts'
import type { Rest } from '../contacts/erase.ts'

/** Chats that the owner of a number keeps out of the inbox (product.md 5). Each throws not_found for what is not to be seen, forbidden. */
export interface ExcludedChats {
  /** Hides it at once and erases what was said in it; from now on what comes is counted and not stored. */
  exclude(actor: Actor, id: ConversationId): Promise<void>
  /** What comes from now on is stored again. */
  include(actor: Actor, channel: ChannelId, id: ConversationId): Promise<void>
  /** Whether this actor decides that: the owner of the number, an admin for one of the team. */
  check(actor: Actor, channel: ChannelId): Promise<void>
}

/** What was being stored at that moment is erased too. */
const inHandMs = 5_000

export function createExcludedChats({ db, clock }: { db: Db; clock: Clock }): ExcludedChats {
  async function check(actor: Actor, id: ChannelId): Promise<void> {
    const channel = await findChannel(db, id)
    if (channel === undefined || !(await knownChannelIds(db, actor)).includes(id))
      throw new AppError('not_found', 'There is no such number.')
    const decides = channel.owner_id === null ? isAdmin(actor) : channel.owner_id === actor.id
    if (!decides) throw new AppError('forbidden', 'Only the owner of this number may leave chats out.')
  }

  return {
    check,

    async exclude(actor, named) {
      const { id, channel_id } = await getConversationFor(db, actor, named)
      await check(actor, channel_id)
      await transact(db, async (tx) => {
        const now = new Date(clock())
        const excluded = await excludeConversation(tx, id, now)
        if (excluded === undefined) return
        const rest: Rest = {
          contacts: [],
          chats: [id],
          groups: [],
          pictures: excluded.picture === null ? [] : [excluded.picture],
          names: excluded.names,
          at: new Date(now.getTime() + inHandMs).toISOString(),
        }
        await insertJobsOnce(tx, [{ kind: 'erase_contact', key: `${id} ${now.toISOString()}`, payload: rest }], now)
        await appendEvents(tx, [{ type: 'channel.updated', objectId: channel_id, channelId: channel_id }], now)
      })
    },

    async include(actor, channel, id) {
      await check(actor, channel)
      await transact(db, async (tx) => {
        const now = new Date(clock())
        if (!(await includeConversation(tx, channel, id, now))) throw new AppError('not_found', 'This chat is not excluded.')
        await appendEvents(tx, [{ type: 'conversation.updated', objectId: id, channelId: channel }], now)
      })
    },
  }
}
