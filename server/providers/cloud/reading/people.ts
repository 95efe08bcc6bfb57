import type { ExternalId } from '../../../../contract/ids.ts'
import { type Fields, fields, filled, isFields, list, present } from '../../../lib/fields.ts'
import { variantsOf } from '../../../lib/number-variants.ts'
import type { Sender } from '../../provider.ts'
import { digitsOf, idOf, phoneOf, userIdOf, usernameOf } from '../names.ts'
import { chatJson, chatKey, type ChatFact, followed, readChat } from './facts.ts'
import type { OurNumber, Reading } from './reading.ts'

/** Somebody as one delivery names them: by a phone, by a user id, or by both (`protocol/meta.md` 5.1, 5.4). */
export interface Person {
  readonly digits?: string
  readonly userId?: string
  readonly parents: readonly string[]
  readonly name?: string
  readonly username?: string
}

/** Who is named, with what the delivery tells of its people besides. Undefined for nobody. */
export function personOf(named: { phone?: unknown; user?: unknown; parent?: unknown }, contacts: unknown): Person | undefined {
  const digits = digitsOf(named.phone)
  const userId = userIdOf(named.user) ?? userIdOf(named.phone)
  const people = list(contacts).filter(isFields)
  const isThem = (contact: Fields) =>
    (digits !== undefined && digitsOf(contact['wa_id']) === digits) || (userId !== undefined && userIdOf(contact['user_id']) === userId)
  const told = people.find(isThem) ?? (digits === undefined && userId === undefined && people.length === 1 ? people[0] : undefined)
  const profile = fields(told?.['profile'])
  const person = present({
    digits: digits ?? digitsOf(told?.['wa_id']),
    userId: userId ?? userIdOf(told?.['user_id']),
    parents: [idOf(named.parent), idOf(told?.['parent_user_id'])].filter((id) => id !== undefined),
    name: nameOf(profile['name']),
    username: usernameOf(profile['username']) ?? usernameOf(told?.['username']),
  })
  return person.digits === undefined && person.userId === undefined ? undefined : person
}

const longestName = 256

export function nameOf(value: unknown): string | undefined {
  return filled(filled(value)?.trim().slice(0, longestName))
}

/** What a chat with this person is called now. */
export function currentId({ facts, waba }: Reading, { digits, userId }: Person): ExternalId {
  return followed(facts, waba, userId ?? digits ?? '').id as ExternalId
}

/** The person as the inbox takes them, with what was known of them before. */
export function senderOf(reading: Reading, person: Person): Sender {
  const id = currentId(reading, person)
  const known = readChat(reading.facts.get(chatKey(reading.waba, id)))
  const digits = person.digits ?? digitsOf(known?.phone)
  const ids = new Set([person.userId, known?.userId, ...person.parents].filter((one) => one !== undefined))
  const phone = phoneOf(digits)
  // Who has neither a phone nor an id of any known kind is still one person.
  if (ids.size === 0 && phone === undefined) ids.add(id)
  return {
    id,
    isUs: false,
    ...present({ phone, displayName: known?.name ?? person.name, username: person.username }),
    ...(ids.size === 0 ? {} : { businessIds: [...ids].map((one) => ({ id: one, scope: reading.waba })) }),
  }
}

/** What the address book of our own phone calls somebody from now on; undefined where it does no more. */
export function enter({ facts, waba, learn }: Reading, { digits, userId }: Person, name: string | undefined): void {
  for (const id of [digits, userId]) {
    if (id === undefined) continue
    const { id: now, chat } = followed(facts, waba, id)
    if (chat?.name === name) continue
    const { name: _before, ...rest } = chat ?? { numbers: [] }
    learn(chatKey(waba, now), chatJson({ ...rest, ...present({ name }) }))
  }
}

/** How a chat begins, if this begins one: when, and until when one may write freely in it. */
interface Beginning {
  readonly at: string
  readonly windowUntil?: string
}

/**
 * The direct chat with somebody, which is told of when it is new on this number, and when it turns out to be one that was known by the phone
 * alone. Without `beginning` a new one is not told of.
 */
export function chatWith(reading: Reading, number: OurNumber, person: Person, at: string, beginning?: Beginning): ExternalId {
  const { facts, waba } = reading
  const { digits, userId } = person
  const id = currentId(reading, person)
  const chat: ChatFact = readChat(facts.get(chatKey(waba, id))) ?? { numbers: [] }
  const byPhone = digits === undefined || digits === id ? undefined : readChat(facts.get(chatKey(waba, digits)))
  const isLinked = digits !== undefined && digits !== id && byPhone?.now !== id
  if (isLinked) link(reading, digits, id, byPhone?.now)
  const met = isLinked ? new Set([...chat.numbers, ...(byPhone?.numbers ?? [])]) : new Set<string>()
  const isNew = !chat.numbers.includes(number.id)
  if (isNew && beginning !== undefined) met.add(number.id)
  const now: ChatFact = {
    ...chat,
    ...present({
      name: chat.name ?? byPhone?.name,
      phone: digits === undefined ? chat.phone : `+${digits}`,
      userId: userId === undefined ? chat.userId : id,
    }),
    numbers: [...new Set([...chat.numbers, ...met])],
  }
  if (now.numbers.length > 0) remember(reading, id, chat, now)
  const contact = senderOf(reading, person)
  const others = met.size === 0 ? [] : dialledOf(reading, digits)
  for (const channel of met) {
    const isHere = channel === number.id && isNew
    const told = {
      type: 'conversation',
      channel: channel as ExternalId,
      conversation: id,
      at,
      kind: 'direct',
      contact,
      ...(contact.displayName === undefined && contact.username !== undefined ? { name: `@${contact.username}` } : {}),
      ...(isHere && beginning?.windowUntil !== undefined ? { windowUntil: beginning.windowUntil } : {}),
    } as const
    reading.item({ ...told, ...(digits === undefined || digits === id ? {} : { replaces: digits as ExternalId }) })
    for (const replaces of others) reading.item({ ...told, replaces })
  }
  return id
}

/**
 * By which other digits we may have begun a chat with this phone, in countries where it has two: WhatsApp answers with its own
 * (`protocol/meta.md` 3.7). Those that WhatsApp itself has named are somebody else's.
 */
function dialledOf({ facts, waba }: Reading, digits: string | undefined): readonly ExternalId[] {
  const variants = digits === undefined ? [] : variantsOf(`+${digits}`).map((phone) => phone.slice(1))
  const isNamed = (variant: string) => {
    const chat = readChat(facts.get(chatKey(waba, variant)))
    return chat !== undefined && (chat.now !== undefined || chat.numbers.length > 0)
  }
  return variants.filter((variant) => !isNamed(variant)) as readonly string[] as readonly ExternalId[]
}

/** The phone leads to this id from now on; whoever had it before has it no more, and must not be written to by it. */
function link(reading: Reading, digits: string, id: string, before: string | undefined): void {
  const { facts, waba } = reading
  reading.learn(chatKey(waba, digits), chatJson({ now: id, numbers: [] }))
  const former = before === undefined ? undefined : readChat(facts.get(chatKey(waba, before)))
  if (before === undefined || former === undefined || former.phone !== `+${digits}`) return
  const { phone: _gone, ...rest } = former
  reading.learn(chatKey(waba, before), chatJson(rest))
}

function remember({ learn, waba }: Reading, id: string, before: ChatFact, now: ChatFact): void {
  const json = chatJson(now)
  if (JSON.stringify(json) !== JSON.stringify(chatJson(before))) learn(chatKey(waba, id), json)
}

/** A group, which is told of when it is met first. */
export function groupChat(reading: Reading, number: OurNumber, group: ExternalId, at: string): ExternalId {
  const key = chatKey(reading.waba, group)
  const chat = readChat(reading.facts.get(key)) ?? { numbers: [] }
  if (chat.numbers.includes(number.id)) return group
  reading.learn(key, chatJson({ group: true, numbers: [...chat.numbers, number.id] }))
  reading.item({ type: 'conversation', channel: number.id, conversation: group, at, kind: 'group', windowUntil: at })
  return group
}

/**
 * Somebody is called otherwise now, by a new phone or a new user id: their chats on all of our numbers go on under it
 * (`protocol/meta.md` 5.4). `number`: the one that was told of it, if one was.
 */
export function renamed(reading: Reading, from: Person, to: Person, at: string, number?: OurNumber): ExternalId {
  const { facts, waba } = reading
  const before = followed(facts, waba, from.userId ?? from.digits ?? '')
  const id = currentId(reading, to)
  if (before.id === id) return id
  const next: ChatFact = { ...present({ name: before.chat?.name }), numbers: [], ...readChat(facts.get(chatKey(waba, id))) }
  const numbers = [...new Set([...(before.chat?.numbers ?? []), ...(number === undefined ? [] : [number.id])])]
  const former = digitsOf(before.chat?.phone) ?? from.digits
  reading.learn(chatKey(waba, before.id), chatJson({ now: id, numbers: [] }))
  if (former !== undefined && former !== before.id && former !== to.digits) {
    if (readChat(facts.get(chatKey(waba, former)))?.now === before.id) reading.learn(chatKey(waba, former), null)
  }
  if (to.digits !== undefined && to.digits !== id) reading.learn(chatKey(waba, to.digits), chatJson({ now: id, numbers: [] }))
  const phone = to.digits === undefined ? next.phone : `+${to.digits}`
  const userId = to.userId === undefined ? next.userId : id
  reading.learn(
    chatKey(waba, id),
    chatJson(present({ ...next, phone, userId, numbers: [...new Set([...next.numbers, ...numbers])] }) as ChatFact),
  )
  // By its old ids the inbox knows whose the new ones are.
  const contact = senderOf(reading, { ...to, parents: [...to.parents, ...(before.chat?.userId === undefined ? [] : [before.id])] })
  for (const channel of numbers) {
    reading.item({
      type: 'conversation',
      channel: channel as ExternalId,
      conversation: id,
      at,
      kind: 'direct',
      contact,
      replaces: before.id as ExternalId,
    })
  }
  return id
}
