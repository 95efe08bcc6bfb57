import type { ExternalId } from '../../../../contract/ids.ts'
import { type Fields, fields, filled, isFields, list, present } from '../../../lib/fields.ts'
import type { Sender } from '../../provider.ts'
import { digitsOf, idOf, phoneOf, userIdOf, windowAfter } from '../names.ts'
import { contentOf, keptRaw } from './content-in.ts'
import { chatWith, groupChat, type Person, personOf, renamed, senderOf } from './people.ts'
import { rawOf } from './pieces.ts'
import { ignored, numberOf, only, type OurNumber, type Reading, timeIn } from './reading.ts'

/** What somebody wrote to one of our numbers. */
export function readMessage(reading: Reading): void {
  const message = fields(only(reading.piece))
  const number = numberOf(reading)
  const { from, from_user_id: user, from_parent_user_id: parent } = message
  const person = personOf({ phone: from, user, parent }, reading.piece.value['contacts']) ?? personIn(fields(message['system']))
  // The media of a history come afterwards, by themselves (`protocol/meta.md` 5.5).
  const isPast = reading.piece.field === 'history'
  if (isPast && isOurs(message, number)) return tell(reading, { message, number, ours: true, isPast, ...theirSide(message) })
  tell(reading, { message, number, person, ours: false, isPast })
}

/** What was written with the number's own app on the phone (`protocol/meta.md` 5.5). */
export function readEcho(reading: Reading): void {
  const message = fields(only(reading.piece))
  tell(reading, { message, number: numberOf(reading), ours: true, isPast: reading.piece.field === 'history', ...theirSide(message) })
}

/** One message out of what the phone remembers of a chat, or why there is none. */
export function readHistory(reading: Reading): void {
  const told = fields(only(reading.piece))
  const thread = fields(list(told['threads'])[0])
  const [message] = list(thread['messages'])
  if (thread['messages'] === undefined) {
    const error = fields(list(told['errors'])[0])
    return reading.item(ignored(`history.${idOf(error['code']) ?? 'progress'}`))
  }
  if (!isFields(message)) throw new Error('This is not a message')
  const number = numberOf(reading)
  const { wa_id, user_id, username } = fields(thread['context'])
  const person = personOf({ phone: digitsOf(wa_id) ?? thread['id'], user: user_id }, [{ wa_id, user_id, profile: { username } }])
  const ours = isOurs(message, number)
  const theirs = ours ? theirSide(message).person : personOf({ phone: message['from'], user: message['from_user_id'] }, [])
  tell(reading, { message, number, ours, isPast: true, ...optional(person ?? theirs) })
}

/** What the network says itself names nobody but whom it is about. */
function personIn({ customer, wa_id, previous_user_id: previous, user_id: user }: Fields): Person | undefined {
  return personOf({ phone: customer ?? wa_id, user: previous ?? user }, [])
}

function isOurs(message: Fields, { digits }: OurNumber): boolean {
  return (
    idOf(message['to']) !== undefined ||
    idOf(message['to_user_id']) !== undefined ||
    (digits !== undefined && digitsOf(message['from']) === digits)
  )
}

function theirSide({ to, to_user_id: user, to_parent_user_id: parent }: Fields): { readonly person?: Person } {
  return optional(personOf({ phone: to, user, parent }, []))
}

function optional(person: Person | undefined): { readonly person?: Person } {
  return person === undefined ? {} : { person }
}

interface Said {
  readonly message: Fields
  readonly number: OurNumber
  /** The other side of a direct chat, or who wrote in a group. */
  readonly person?: Person | undefined
  readonly ours: boolean
  readonly isPast: boolean
}

function tell(reading: Reading, said: Said): void {
  const { message, number, ours } = said
  const id = idOf(message['id'])
  if (id === undefined) throw new Error('The message has no id')
  const at = timeIn(reading, message['timestamp'])
  const type = filled(message['type']) ?? ''
  const { conversation, speaker } = placeOf(reading, said, type, at)
  const sender = ours ? us(number) : senderOf(reading, speaker ?? someone(said))
  const base = { channel: number.id, conversation, at, id }
  const targeted = { reaction: 'message_id', edit: 'original_message_id', revoke: 'original_message_id' }[type]
  const about = fields(message[type])
  const target = targeted === undefined ? undefined : idOf(about[targeted])
  if (target !== undefined && type === 'reaction')
    return reading.item({ ...base, type: 'reaction', target, sender, emoji: filled(about['emoji']) ?? '' })
  if (target !== undefined && type === 'revoke') return reading.item({ ...base, type: 'delete', target, by: sender })
  if (target !== undefined && isFields(about['message'])) {
    const { content, whole } = contentOf(about['message'], undefined, at)
    return reading.item({ ...base, type: 'edit', target, sender, content, silent: false, ...keptRaw(whole, rawOf(reading.piece)) })
  }
  const { content, whole } = contentOf(message, reading.piece.value['errors'], at)
  const context = fields(message['context'])
  const isForwarded = context['forwarded'] === true || context['frequently_forwarded'] === true
  const replyTo = idOf(context['id'])
  reading.item({
    ...base,
    type: 'message',
    sender,
    content,
    forwarded: isForwarded,
    history: said.isPast,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(opensWindow(said, type) ? { windowUntil: windowAfter(at) } : {}),
    // A place was kept for it when the history was told.
    ...(said.isPast && 'files' in content ? { again: true as const } : {}),
    ...keptRaw(whole, rawOf(reading.piece)),
  })
}

/** Where something was said, and by whom, if that is another than who is named. */
interface Place {
  readonly conversation: ExternalId
  readonly speaker?: Person
}

/** Only what is a message begins a chat. */
function placeOf(reading: Reading, said: Said, type: string, at: string): Place {
  const { message, number } = said
  const group = idOf(message['group_id'])
  if (group !== undefined) return { conversation: groupChat(reading, number, group, at) }
  const person = someone(said)
  if (type === 'system') return afterRenaming(reading, number, person, fields(message['system']), at)
  const isNone = type === 'reaction' || type === 'edit' || type === 'revoke'
  const beginning = isNone ? undefined : { at, windowUntil: opensWindow(said, type) ? windowAfter(at) : at }
  return { conversation: chatWith(reading, number, person, at, beginning) }
}

function someone({ person }: Said): Person {
  if (person === undefined) throw new Error('It does not say who wrote it')
  return person
}

/** What WhatsApp tells of somebody is said in their chat, under the name that they have from now on (`protocol/meta.md` 5.4). */
function afterRenaming(reading: Reading, number: OurNumber, person: Person, told: Fields, at: string): Place {
  const { digits: oldDigits, userId: oldUserId, ...rest } = person
  const digits = digitsOf(told['wa_id']) ?? digitsOf(told['new_wa_id'])
  const userId = userIdOf(told['user_id'])
  const type = filled(told['type']) ?? ''
  const previous = userIdOf(told['previous_user_id']) ?? (oldUserId === userId ? undefined : oldUserId)
  const from: Person = present({ parents: [], digits: oldDigits, userId: previous })
  const to: Person = present({ ...rest, digits, userId })
  const [before, after] = [from.userId ?? from.digits, to.userId ?? to.digits]
  if (!type.includes('changed') || before === undefined || after === undefined || before === after)
    return { conversation: chatWith(reading, number, person, at, { at, windowUntil: at }) }
  return { conversation: renamed(reading, from, to, at, number), speaker: to }
}

/** Only what a person says to us now; whether a reaction does is not documented (`protocol/meta.md` 7.2, 11). */
function opensWindow({ ours, isPast, message }: Said, type: string): boolean {
  return (
    !ours && !isPast && message['group_id'] === undefined && !['reaction', 'system', 'edit', 'revoke', 'request_welcome'].includes(type)
  )
}

function us({ id, digits }: OurNumber): Sender {
  const phone = phoneOf(digits)
  return { id, isUs: true, ...(phone === undefined ? {} : { phone }) }
}
