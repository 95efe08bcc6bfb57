import Type from 'typebox'
import { Channel, ChannelPatch } from './channel.ts'
import { ExcludedChat } from './copying.ts'
import type { ChannelId, ConversationId, TransferId } from './ids.ts'
import { Notice } from './notice.ts'
import { id, oneOf, page, PageQuery, ref, strict } from './schema.ts'
import { Transfer, transferStatuses } from './transfer.ts'

const channel = strict({ channel_id: id<ChannelId>('chn_') })
const transfer = strict({ transfer_id: id<TransferId>('trf_') })

/** The calls about numbers, as part of the table in `contract/api.ts`. */
export const numberOperations = {
  listChannels: {
    summary: 'Numbers',
    access: 'user',
    scope: 'channels:read',
    query: strict(PageQuery),
    response: { 200: page(ref(Channel)) },
  },
  updateChannel: {
    summary: 'Rename a number, say who may use it',
    access: 'user',
    params: channel,
    body: ChannelPatch,
    response: { 200: ref(Channel) },
  },
  deleteChannel: {
    summary: 'Unlink a number and put it away; the history stays',
    access: 'user',
    params: channel,
    response: { 204: Type.Null() },
  },

  listNotices: {
    summary: 'What was told of numbers that fell and came back, and of notes that name you; the latest first',
    access: 'user',
    scope: 'channels:read',
    query: strict(PageQuery),
    response: { 200: page(ref(Notice)) },
  },

  listExcludedChats: {
    summary: 'Chats of a number that are kept out of the inbox',
    access: 'user',
    params: channel,
    query: strict(PageQuery),
    response: { 200: page(ref(ExcludedChat)) },
  },
  includeChat: {
    summary: 'Store what comes in this chat again',
    access: 'user',
    params: strict({ channel_id: id<ChannelId>('chn_'), conversation_id: id<ConversationId>('cnv_') }),
    response: { 204: Type.Null() },
  },
  excludeChat: {
    summary: 'Keep a chat out of the inbox: it is erased here, and what comes is counted and not stored',
    access: 'user',
    params: strict({ conversation_id: id<ConversationId>('cnv_') }),
    response: { 204: Type.Null() },
  },

  listTransfers: {
    summary: 'Numbers that were linked by somebody whom they do not belong to, the latest first',
    access: 'admin',
    query: strict({ ...PageQuery, status: Type.Optional(oneOf(transferStatuses)) }),
    response: { 200: page(ref(Transfer)) },
  },
  acceptTransfer: {
    summary: 'Hand a number over, with its history, to whoever has linked it',
    access: 'admin',
    params: transfer,
    response: { 200: ref(Transfer) },
  },
  refuseTransfer: {
    summary: 'Unlink the phone again; the number and what came meanwhile stay with their owner',
    access: 'admin',
    params: transfer,
    response: { 200: ref(Transfer) },
  },
} as const
