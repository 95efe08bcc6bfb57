import { sql } from 'kysely'
import type { MentionsInput } from '../../../contract/content.ts'
import type { ContactId, ConversationId, ExternalId } from '../../../contract/ids.ts'
import type { DbOrTx } from '../../db/schema.ts'
import { AppError, type FieldError } from '../../lib/errors.ts'
import type { OutboundMention } from '../../providers/provider.ts'

/**
 * Whom a text names, as the network names them. Throws invalid_request where a place is not in the text, two places meet, or somebody has
 * never been in this conversation.
 */
export async function checkMentions(
  db: DbOrTx,
  conversation: ConversationId,
  text: string,
  mentions: MentionsInput,
): Promise<readonly OutboundMention[]> {
  if (mentions.length === 0) return []
  const wrong = misplaced(text, mentions)
  if (wrong.length > 0) throw new AppError('invalid_request', 'The people named do not fit the text.', { fields: wrong })
  const known = await knownHere(
    db,
    conversation,
    mentions.map((mention) => mention.contact_id),
  )
  const strangers = mentions.flatMap((mention, index): FieldError[] =>
    known.has(mention.contact_id)
      ? []
      : [{ pointer: `/mentions/${index}/contact_id`, code: 'not_found', detail: 'nobody of this conversation has this id' }],
  )
  if (strangers.length > 0)
    throw new AppError('invalid_request', 'Somebody who is named is not in this conversation.', { fields: strangers })
  return peopleIn(db, mentions)
}

/** The mentions that can be sent now: who was erased meanwhile is named no more. */
export async function peopleIn(db: DbOrTx, mentions: MentionsInput): Promise<readonly OutboundMention[]> {
  if (mentions.length === 0) return []
  const ids = mentions.map((mention) => mention.contact_id)
  // Who has changed from a number to a hidden id has the address by which WhatsApp knows them now since the later day.
  const { rows } = await sql<{ contact_id: ContactId; value: ExternalId }>`select distinct on (p.id) p.id as contact_id, a.value
    from contacts p join contact_addresses a on a.contact_id = coalesce(p.merged_into, p.id)
    where a.type = 'matrix' and p.id = any(${ids}::text[])
    order by p.id, a.created_at desc, a.value desc`.execute(db)
  const people = new Map(rows.map((row) => [row.contact_id, row.value]))
  return mentions.flatMap(({ contact_id, offset, length }) => {
    const person = people.get(contact_id)
    return person === undefined ? [] : [{ person, offset, length }]
  })
}

/** Mentions that are not in the text or meet each other, whomever they name. */
export function misplaced(text: string, mentions: readonly { readonly offset: number; readonly length: number }[]): readonly FieldError[] {
  const inOrder = mentions.map((mention, index) => ({ ...mention, index })).toSorted((a, b) => a.offset - b.offset)
  return inOrder.flatMap(({ offset, length, index }, place): FieldError[] => {
    const next = inOrder[place + 1]
    if (offset + length > text.length) return [{ pointer: `/mentions/${index}`, code: 'outside', detail: 'this place is not in the text' }]
    if (next !== undefined && offset + length > next.offset)
      return [{ pointer: `/mentions/${next.index}`, code: 'overlap', detail: 'this place meets another one' }]
    return []
  })
}

async function knownHere(db: DbOrTx, conversation: ConversationId, contacts: readonly ContactId[]): Promise<ReadonlySet<ContactId>> {
  const { rows } = await sql<{ id: ContactId }>`select p.id from contacts p where p.id = any(${contacts}::text[])
    and exists (select from contact_addresses a where a.contact_id = coalesce(p.merged_into, p.id) and a.type = 'matrix')
    and (exists (select from conversations c where c.id = ${conversation} and c.contact_id in (p.id, p.merged_into))
      or exists (select from conversation_members g where g.conversation_id = ${conversation} and g.contact_id in (p.id, p.merged_into))
      or exists (select from messages m where m.conversation_id = ${conversation} and m.sender_contact_id in (p.id, p.merged_into)))`.execute(
    db,
  )
  return new Set(rows.map((row) => row.id))
}
