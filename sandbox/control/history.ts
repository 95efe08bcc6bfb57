import { rename, setAvatar } from '../phone/linking.ts'
import { addHistoryOf } from '../phone/messages.ts'
import { phoneOf, setPhone } from '../phone/network.ts'
import { setOnline } from '../phone/receipts.ts'
import type { Chat, Phone } from '../phone/types.ts'
import { avatarIn, contentIn } from './content.ts'
import { BadRequest, bodyOf, chatIn, flagIn, listIn, optionalText, phoneIn, textIn, type Body } from './input.ts'
import type { World } from './world.ts'

/** Sets what a phone is: its name and address book, whether it is online, hides its number, goes by the number, or is on WhatsApp at all. */
export function changePhone({ network, media }: World, phone: string, body: Body): Phone {
  const now = phoneOf(network, phone)
  const name = optionalText(body, 'name')
  const online = flagIn(body, 'online', now.online)
  setPhone(network, phone, {
    ...(body['contacts'] === undefined ? {} : { contacts: contactsIn(body) }),
    on_whatsapp: flagIn(body, 'on_whatsapp', now.on_whatsapp),
    phone_hidden: flagIn(body, 'phone_hidden', now.phone_hidden),
    by_number: flagIn(body, 'by_number', now.by_number),
  })
  if (name !== undefined) rename(network, phone, name)
  const avatar = avatarIn(body, media)
  if (avatar !== undefined) setAvatar(network, phone, avatar ?? undefined)
  if (online !== now.online) setOnline(network, phone, online)
  return phoneOf(network, phone)
}

function contactsIn(body: Body): Record<string, string> {
  const entries = Object.entries(bodyOf(body['contacts'])).map(([phone, name]) => {
    if (typeof name !== 'string') throw new BadRequest('contacts: names by phone number are expected')
    return [phoneIn(phone, 'contacts'), name]
  })
  return Object.fromEntries(entries)
}

/** Chats that a phone had before it was linked: `{chats: [{with | group, name?, messages: [{from_me?, from?, sent_at, read?, …}]}]}`. Gives their number. */
export function addHistoryIn(world: World, phone: string, body: Body): number {
  const entries = listIn(body, 'chats').flatMap((raw) => {
    const whole = bodyOf(raw)
    const chat = chatIn(world.network, whole)
    const name = optionalText(whole, 'name')
    return listIn(whole, 'messages').map((message) => ({ chat, name, ...entryIn(world, phone, chat, bodyOf(message)) }))
  })
  for (const { chat, name, ...entry } of entries) {
    if (name !== undefined && chat.peer !== undefined && phoneOf(world.network, chat.peer).name !== name)
      setPhone(world.network, chat.peer, { name })
    const seenBySender: Chat = chat.peer === undefined || entry.from === phone ? chat : { peer: phone }
    addHistoryOf(world.network, phone, { ...entry, chat: seenBySender })
  }
  return entries.length
}

function entryIn({ media }: World, phone: string, chat: Chat, message: Body) {
  const mine = flagIn(message, 'from_me', false)
  const sentAt = Date.parse(textIn(message, 'sent_at'))
  if (Number.isNaN(sentAt)) throw new BadRequest('messages.sent_at: a time such as 2026-11-20T10:00:00Z is expected')
  return {
    from: mine ? phone : (chat.peer ?? phoneIn(message['from'], 'messages.from')),
    content: contentIn(message, media),
    sent_at: sentAt,
    read: flagIn(message, 'read', false),
  }
}
