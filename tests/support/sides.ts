import type { Conversation } from '../../contract/conversation.ts'
import type { Person } from './api-client.ts'
import { conversationsOf, ledgerOf, messagesOf } from './inbox.ts'
import { ours, type Story } from './newcomer/story.ts'
import type { PhoneMessage } from './phones.ts'

/** A chat as one side has it; `last` is what the list of chats shows, `unread` what was said since we last wrote. */
interface Chat {
  readonly phone: string
  readonly said: readonly (string | undefined)[]
  readonly last: string | undefined
  readonly unread: number
}

export interface BothSides {
  readonly inbox: readonly Chat[]
  readonly whatsapp: readonly Chat[]
}

/** What the inbox and WhatsApp's ledger have of our number, chat by chat. */
export async function sidesOf({ admin, world }: Pick<Story, 'admin' | 'world'>): Promise<BothSides> {
  const inbox = []
  for (const conversation of await conversationsOf(admin)) inbox.push(await inInbox(admin, conversation))
  const chats = Map.groupBy((await ledgerOf(world.phones, ours)).values(), ({ from, to }) => (from === ours ? to : from) ?? '')
  const whatsapp = [...chats].map(([phone, messages]) => onWhatsApp(phone, messages))
  const byPhone = (a: Chat, b: Chat) => Number(a.phone) - Number(b.phone)
  return { inbox: inbox.toSorted(byPhone), whatsapp: whatsapp.toSorted(byPhone) }
}

async function inInbox(admin: Person, conversation: Conversation): Promise<Chat> {
  const messages = await messagesOf(admin, conversation)
  return {
    phone: conversation.contact?.phone ?? '',
    said: messages.map((message) => ('text' in message ? message.text : message.type)),
    last: conversation.last_message?.preview,
    unread: conversation.unread_count,
  }
}

function onWhatsApp(phone: string, messages: readonly PhoneMessage[]): Chat {
  const sinceOurs = messages.slice(messages.findLastIndex(({ from }) => from === ours) + 1)
  return {
    phone,
    said: messages.map(({ text }) => text),
    last: messages.at(-1)?.text,
    unread: sinceOurs.filter(({ history }) => history !== true).length,
  }
}
