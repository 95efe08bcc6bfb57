import Type, { type Static } from 'typebox'
import type { CannedReplyId, UserId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

/** What is typed after `/` to find it. */
const Shortcut = Type.String({ pattern: '^[\\p{L}\\p{N}_-]{1,40}$', examples: ['вітання'] })
const Title = Type.String({ minLength: 1, maxLength: 80 })
const Text = Type.String({ minLength: 1, maxLength: 4_096 })

/** An answer that is kept to be used again: everybody's, or its owner's alone. Its variables are those of `fill-canned-reply.ts`. */
export const CannedReply = named(
  'CannedReply',
  Type.Object({
    id: id<CannedReplyId>('can_'),
    shortcut: Type.String(),
    title: Type.String(),
    text: Type.String(),
    access: oneOf(['team', 'personal']),
    owner_id: Type.Optional(id<UserId>('usr_')),
    created_at: Time,
    updated_at: Time,
  }),
)
export type CannedReply = Static<typeof CannedReply>

export const CannedReplyInput = strict({ shortcut: Shortcut, title: Title, text: Text, access: oneOf(['team', 'personal']) })
export type CannedReplyInput = Static<typeof CannedReplyInput>

export const CannedReplyPatch = strict({
  shortcut: Type.Optional(Shortcut),
  title: Type.Optional(Title),
  text: Type.Optional(Text),
})
export type CannedReplyPatch = Static<typeof CannedReplyPatch>
