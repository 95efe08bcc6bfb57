import type { ConversationId, NoteId, NoticeId, UserId } from '../../../contract/ids.ts'
import type { ColleaguesInput, NoteInput } from '../../../contract/note.ts'
import { appendEvents } from '../../db/events.ts'
import { editNote, emptyNote, findNote, insertNote, tellMentioned } from '../../db/notes.ts'
import type { Db, DbOrTx, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError, type FieldError } from '../../lib/errors.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import { type Actor, getConversationFor, isAdmin, listReaders, type Place } from '../people/access.ts'
import { misplaced } from '../sending/mentions.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
}

/** Writes a note beside a conversation, once under a claim, and tells those whom it names. Throws not_found, and unsupported for who may not read it. */
export async function writeNote(
  deps: Deps,
  actor: Actor,
  conversation: ConversationId,
  input: NoteInput,
  claim: Claim | null,
): Promise<NoteId> {
  if (claim !== null && claim.made !== null) return claim.made as NoteId
  const place = await getConversationFor(deps.db, actor, conversation)
  const { text, mentions = [] } = input
  await checkNamed(deps.db, place, text, mentions)
  const id = deps.newId<NoteId>('note')
  await transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    await insertNote(tx, { id, conversation_id: place.id, author_id: actor.id, text, mentions }, now)
    await makeOnce(tx, claim, id)
    await appendEvents(tx, [{ type: 'note.created', objectId: id, channelId: place.channel_id }], now)
    await tell(deps, tx, actor, { id, place, mentions }, now)
  })
  return id
}

/** Changes a note of one's own; who is named for the first time is told. Throws not_found, forbidden for another's, and as `writeNote`. */
export async function changeNote(deps: Deps, actor: Actor, id: NoteId, { text, mentions = [] }: NoteInput): Promise<void> {
  const { place, isOwn } = await getNoteFor(deps.db, actor, id)
  if (!isOwn) throw new AppError('forbidden', 'Only who wrote a note may change it.')
  await checkNamed(deps.db, place, text, mentions)
  await transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    if (!(await editNote(tx, id, { text, mentions }, now))) throw noSuchNote()
    await appendEvents(tx, [{ type: 'note.updated', objectId: id, channelId: place.channel_id }], now)
    await tell(deps, tx, actor, { id, place, mentions }, now)
  })
}

/** Takes a note of one's own away, or as an admin any; an empty mark stays. Throws not_found, forbidden. */
export async function deleteNote({ db, clock }: Deps, actor: Actor, id: NoteId): Promise<void> {
  const { place, isOwn } = await getNoteFor(db, actor, id)
  if (!isOwn && !isAdmin(actor)) throw new AppError('forbidden', 'Only who wrote a note or an admin may delete it.')
  await transact(db, async (tx) => {
    const now = new Date(clock())
    await emptyNote(tx, id, now)
    await appendEvents(tx, [{ type: 'note.updated', objectId: id, channelId: place.channel_id }], now)
  })
}

async function getNoteFor(db: DbOrTx, actor: Actor, id: NoteId): Promise<{ readonly place: Place; readonly isOwn: boolean }> {
  const note = await findNote(db, id)
  if (note === undefined) throw noSuchNote()
  const place = await getConversationFor(db, actor, note.conversation_id).catch((error: unknown) => {
    throw error instanceof AppError ? noSuchNote() : error
  })
  return { place, isOwn: note.author_id === actor.id }
}

async function checkNamed(db: DbOrTx, { channel_id }: Place, text: string, mentions: ColleaguesInput): Promise<void> {
  if (mentions.length === 0) return
  const wrong = misplaced(text, mentions)
  if (wrong.length > 0) throw new AppError('invalid_request', 'The people named do not fit the text.', { fields: wrong })
  const readers = await listReaders(db, channel_id, peopleIn(mentions))
  const strangers = mentions.flatMap(({ user_id }, index): FieldError[] =>
    readers.includes(user_id)
      ? []
      : [{ pointer: `/mentions/${index}/user_id`, code: 'no_access', detail: 'this person may not see the conversation' }],
  )
  if (strangers.length > 0) throw new AppError('unsupported', 'Somebody who is named may not see this conversation.', { fields: strangers })
}

/** Nobody has to be told of their own words. */
async function tell(
  { newId }: Deps,
  tx: Tx,
  actor: Actor,
  { id, place, mentions }: { id: NoteId; place: Place; mentions: ColleaguesInput },
  now: Date,
): Promise<void> {
  const others = peopleIn(mentions).filter((user) => user !== actor.id)
  const told = others.map((user_id) => ({ id: newId<NoticeId>('notice'), user_id }))
  await tellMentioned(tx, { id, channel_id: place.channel_id }, told, now)
}

function peopleIn(mentions: ColleaguesInput): readonly UserId[] {
  return [...new Set(mentions.map((mention) => mention.user_id))]
}

function noSuchNote(): AppError {
  return new AppError('not_found', 'There is no such note.')
}
