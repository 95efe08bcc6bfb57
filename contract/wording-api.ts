import Type from 'typebox'
import { CannedReply, CannedReplyInput, CannedReplyPatch } from './canned-reply.ts'
import type { CannedReplyId, LabelId } from './ids.ts'
import { Label, LabelInput, LabelPatch } from './label.ts'
import { id, page, PageQuery, ref, strict } from './schema.ts'

const reply = strict({ canned_reply_id: id<CannedReplyId>('can_') })
const label = strict({ label_id: id<LabelId>('lbl_') })
const done = { 204: Type.Null() }

/** The calls about the words that colleagues have in common: canned replies and labels. */
export const wordingOperations = {
  listCannedReplies: {
    summary: 'Canned replies: the team’s and your own',
    access: 'user',
    query: strict(PageQuery),
    response: { 200: page(ref(CannedReply)) },
  },
  createCannedReply: {
    summary: 'Keep a reply to use again; for the team as an admin',
    access: 'user',
    body: CannedReplyInput,
    response: { 201: ref(CannedReply) },
  },
  updateCannedReply: {
    summary: 'Change a canned reply of your own, or as an admin one of the team',
    access: 'user',
    params: reply,
    body: CannedReplyPatch,
    response: { 200: ref(CannedReply) },
  },
  deleteCannedReply: {
    summary: 'Delete a canned reply of your own, or as an admin one of the team',
    access: 'user',
    params: reply,
    response: done,
  },
  listLabels: { summary: 'Labels', access: 'user', scope: 'messages:read', query: strict(PageQuery), response: { 200: page(ref(Label)) } },
  createLabel: { summary: 'Define a label', access: 'admin', scope: 'settings', body: LabelInput, response: { 201: ref(Label) } },
  updateLabel: {
    summary: 'Change a label; conversations that carry it follow within moments',
    access: 'admin',
    scope: 'settings',
    params: label,
    body: LabelPatch,
    response: { 200: ref(Label) },
  },
  deleteLabel: {
    summary: 'Delete a label; conversations that carry it lose it within moments',
    access: 'admin',
    scope: 'settings',
    params: label,
    response: done,
  },
} as const
