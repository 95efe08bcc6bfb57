import { type Fields, fields, list, present, text } from '../../../lib/fields.ts'
import type { Json } from '../../provider.ts'

/** Facts as they are looked up. */
export interface Known {
  get(key: string): Json | undefined
}

/** The account that one of our numbers belongs to; without it nothing of the number is read. */
export function numberKey(number: string): string {
  return `number:${number}`
}

/** Whether the network has delivered anything of this account to us: until then what is asked for might be told to nobody. */
export function heardKey(account: string): string {
  return `heard:${account}`
}

/** What came of asking for the data of a number's Business app. */
export function appDataKey(number: string): string {
  return `app_data:${number}`
}

/** What is known of a chat, by the digits, the user id or the group that it is with. */
export function chatKey(waba: string, id: string): string {
  return `chat:${waba}:${id}`
}

/**
 * `now`: who this was is called by that id since. `numbers`: those of our numbers on which there is a chat. `name`: what the address book of
 * our own phone calls them, which stands before what they call themselves.
 */
export interface ChatFact {
  readonly phone?: string
  readonly userId?: string
  readonly name?: string
  readonly group?: true
  readonly now?: string
  readonly numbers: readonly string[]
}

export function readChat(fact: Json | undefined): ChatFact | undefined {
  if (fact === undefined || fact === null) return undefined
  const told: Fields = fields(fact)
  return present({
    phone: text(told['phone']),
    userId: text(told['user_id']),
    name: text(told['name']),
    group: told['group'] === true ? (true as const) : undefined,
    now: text(told['now']),
    numbers: list(told['numbers']).filter((number) => typeof number === 'string'),
  })
}

export function chatJson({ phone, userId, name, group, now, numbers }: ChatFact): Json {
  return present({ phone, user_id: userId, name, group, now, numbers: [...numbers] }) as Json
}

const longestChain = 8

/** What this id is called now, and what is known under that name. */
export function followed(known: Known, waba: string, id: string): { readonly id: string; readonly chat: ChatFact | undefined } {
  let at = id
  for (let step = 0; step < longestChain; step += 1) {
    const chat = readChat(known.get(chatKey(waba, at)))
    if (chat?.now === undefined) return { id: at, chat }
    at = chat.now
  }
  return { id: at, chat: undefined }
}
