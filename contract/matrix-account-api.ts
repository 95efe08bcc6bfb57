import Type from 'typebox'
import { MatrixAccount, MatrixAccountInput, MatrixRoom, SyncOutcome } from './matrix-account.ts'
import { Message, MessageQuery } from './message.ts'
import { page, PageQuery, ref, strict } from './schema.ts'

/** The seed's calls of the Matrix integration, as part of the table in `contract/api.ts`. */
export const matrixAccountOperations = {
  getMatrixAccount: { summary: 'The Matrix account that you have entered', access: 'user', response: { 200: ref(MatrixAccount) } },
  saveMatrixAccount: {
    summary: 'Enter an existing Matrix account by its token; its WhatsApp chats become yours. One that fails leaves the old one working',
    access: 'user',
    body: MatrixAccountInput,
    response: { 200: ref(MatrixAccount) },
  },
  listMatrixRooms: {
    summary: 'Chats of the Matrix road by their rooms, the latest first',
    access: 'user',
    scope: 'messages:read',
    query: strict(PageQuery),
    response: { 200: page(ref(MatrixRoom)) },
  },
  listMatrixRoomMessages: {
    summary: 'Messages of a room, newest first unless `after`',
    access: 'user',
    scope: 'messages:read',
    params: strict({ room_id: Type.String({ pattern: '^!.+', maxLength: 255, examples: ['!room:example.org'] }) }),
    query: MessageQuery,
    response: { 200: page(ref(Message)) },
  },
  syncMatrix: {
    summary: 'Ask the homeserver for what is new and wait until it is here, at most 20 s; says what came meanwhile',
    access: 'user',
    scope: 'channels:connect',
    response: { 200: SyncOutcome },
  },
} as const
