import type { Conversation } from '../../../contract/conversation.ts'
import type { MatrixRoom, SyncOutcome } from '../../../contract/matrix-account.ts'
import { listConversations } from '../../db/read/conversation-list.ts'
import { listMessages } from '../../db/read/message-list.ts'
import { findConversationIn, onlyNetwork, type Reads } from '../../db/read/viewer.ts'
import { type Actor, viewerOf } from '../../inbox/people/access.ts'
import type { PastedAccounts } from '../../inbox/linking/pasted-accounts.ts'
import { AppError } from '../../lib/errors.ts'
import type { Register } from '../register.ts'

export interface MatrixLegacyDeeds extends Pick<PastedAccounts, 'get' | 'save'> {
  sync(actor: Actor): Promise<SyncOutcome>
}

/** The endpoints of the seed: an account by its token, and the chats of the Matrix road by their rooms. */
export function matrixLegacyRoutes(on: Register, { matrix, readDb }: { matrix: MatrixLegacyDeeds; readDb: Reads }): void {
  const viewerOfRooms = async (actor: Actor) => onlyNetwork(readDb, await viewerOf(readDb, actor), 'matrix')

  on('getMatrixAccount', ({ actor }) => matrix.get(actor))
  on('saveMatrixAccount', ({ actor, body }) => matrix.save(actor, body))
  on('listMatrixRooms', async ({ actor, query }) => {
    const { items, ...rest } = await listConversations(readDb, await viewerOfRooms(actor), {}, query)
    return { items: items.map(toRoom), ...rest }
  })
  on('listMatrixRoomMessages', async ({ actor, params, query }) => {
    const viewer = await viewerOfRooms(actor)
    const conversation = await findConversationIn(readDb, viewer, params.room_id)
    if (conversation === undefined) throw new AppError('not_found', 'There is no such room.')
    return listMessages(readDb, viewer, conversation, query)
  })
  on('syncMatrix', ({ actor }) => matrix.sync(actor))
}

function toRoom({ id, external_id, name, channel_id, type, unread_count, last_message }: Conversation): MatrixRoom {
  return {
    room_id: external_id,
    name,
    conversation_id: id,
    channel_id,
    type,
    unread_count,
    ...(last_message === undefined ? {} : { last_message }),
  }
}
