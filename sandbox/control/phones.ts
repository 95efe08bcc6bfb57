import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused, type Network } from '../phone/network.ts'
import type { MediaStore } from '../phone/media.ts'
import type { PairFailure, Pairings } from '../phone/pairing.ts'
import type { Chat, WaContent, WaMessage } from '../phone/types.ts'
import { contentIn } from './content.ts'
import { BadRequest, bodyOf, chatIn, flagIn, listIn, optionalChat, optionalText, phoneIn, textIn, type Body } from './input.ts'
import { ledgerView, phoneView } from './views.ts'

/** WhatsApp as the control API drives it. */
export type World = { network: Network; pairings: Pairings; media: MediaStore }

const pairFailures = new Set(['timeout', 'multidevice_not_enabled', 'client_outdated', 'pair_error', 'passkey'])

/** What one can do with a phone in the hand: `/sandbox/v1/phones/{phone}/…`. */
export function phoneRoutes(app: FastifyInstance, world: World): void {
  const { network, pairings, media } = world
  const base = '/sandbox/v1/phones/:phone'
  const phoneOf = (request: FastifyRequest) => {
    const phone = phoneIn(bodyOf(request.params)['phone'], 'phone')
    if (!network.phone(phone).on_whatsapp) throw new BadRequest(`phone: +${phone} is not on WhatsApp`)
    return phone
  }

  function post(url: string, work: (phone: string, body: Body) => unknown, status = 200) {
    app.post(base + url, async (request, reply) => {
      const answer = work(phoneOf(request), bodyOf(request.body))
      return reply.code(status).send(answer ?? {})
    })
  }

  /** The message that a body speaks of, and its chat as this phone sees it. */
  function targetIn(phone: string, body: Body): { target: WaMessage; chat: Chat } {
    const id = optionalText(body, 'message_id') ?? textIn(body, 'id')
    const target = network.state.messages.get(id)
    const chat = network.chatsOf(phone).find((each) => network.messagesOf(phone, each).some((message) => message.id === id))
    if (target === undefined || chat === undefined) throw new BadRequest('message_id: this phone has no such message')
    return { target, chat }
  }

  function change(url: string, contentOf: (target: string, body: Body) => WaContent) {
    post(
      url,
      (phone, body) => {
        const { target, chat } = targetIn(phone, body)
        return ledgerView(network, network.send({ from: phone, chat, content: contentOf(target.id, body) }))
      },
      201,
    )
  }

  post('/scan', (phone, body) => {
    const fail = optionalText(body, 'fail')
    if (fail !== undefined && !pairFailures.has(fail)) throw new BadRequest(`fail: one of ${[...pairFailures].join(', ')} is expected`)
    const code = optionalText(body, 'code')
    const what = code === undefined ? { data: textIn(body, 'data') } : { code }
    const { device } = pairings.scan(phone, what, fail as PairFailure | undefined)
    return { phone: `+${phone}`, device }
  })

  post(
    '/messages',
    (phone, body) => {
      const content = contentIn(body, media)
      const name = optionalText(body, 'name_of_sender')
      if (name !== undefined && network.phone(phone).name !== name) network.setPhone(phone, { name })
      const replyTo = optionalText(body, 'reply_to')
      const forwarded = flagIn(body, 'forwarded', false)
      const chat = chatIn(network, body)
      const send = { from: phone, chat, content, ...(replyTo === undefined ? {} : { reply_to: replyTo }), ...(forwarded ? { forwarded } : {}) }
      return ledgerView(network, network.send(send))
    },
    201,
  )

  app.get(`${base}/messages`, async (request) => {
    const phone = phoneOf(request)
    const query = bodyOf(request.query)
    const chat = optionalChat(network, query)
    const items = phoneView(network, phone, { sentToo: query['all'] === 'true' || query['all'] === '1' })
    const key = chat === undefined ? undefined : (chat.group ?? `+${chat.peer}`)
    return { items: key === undefined ? items : items.filter((item) => item['chat'] === key) }
  })

  post('/read', (phone, body) => {
    if (body['message_id'] !== undefined || body['id'] !== undefined) {
      const { target, chat } = targetIn(phone, body)
      return { read: network.read({ phone, chat, up_to: target.id }) }
    }
    const chat = optionalChat(network, body)
    const chats = chat === undefined ? network.chatsOf(phone) : [chat]
    return { read: chats.flatMap((each) => network.read({ phone, chat: each })) }
  })

  change('/react', (target, body) => ({ type: 'reaction', target, emoji: optionalText(body, 'emoji') ?? '' }))
  change('/edit', (target, body) => ({ type: 'edit', target, text: textIn(body, 'text') }))
  change('/revoke', (target) => ({ type: 'revoke', target }))
  change('/vote', (target, body) => ({ type: 'poll_vote', target, options: listIn(body, 'options').map(String) }))

  post('/typing', (phone, body) => {
    network.typing({ phone, chat: chatIn(network, body), on: flagIn(body, 'on', true) })
  })
  post('/offline', (phone, body) => {
    const offline = flagIn(body, 'offline', flagIn(body, 'on', true))
    return { phone: `+${phone}`, online: network.setPhone(phone, { online: !offline }).online }
  })
  post('/unlink', (phone) => {
    const linked = [...network.state.devices.values()].filter((device) => device.phone === phone && device.gone === undefined)
    if (linked.length === 0) throw new Refused(`phone: +${phone} has no linked device`)
    for (const device of linked) network.unlink(device.id, 'wa-logged-out')
    return { unlinked: linked.map((device) => device.id) }
  })
  post('/history', (phone, body) => ({ added: historyIn(world, phone, body) }), 201)
  app.post(base, async (request) => {
    const phone = phoneIn(bodyOf(request.params)['phone'], 'phone')
    return phoneIs(world, phone, bodyOf(request.body))
  })
}

/** Sets what a phone is: name, address book, whether it is online, hides its number, or is on WhatsApp at all. */
function phoneIs({ network }: World, phone: string, body: Body): unknown {
  const now = network.phone(phone)
  const contacts = body['contacts'] === undefined ? now.contacts : contactsIn(body)
  const name = optionalText(body, 'name')
  return network.setPhone(phone, {
    ...(name === undefined ? {} : { name }),
    contacts,
    online: flagIn(body, 'online', now.online),
    on_whatsapp: flagIn(body, 'on_whatsapp', now.on_whatsapp),
    phone_hidden: flagIn(body, 'phone_hidden', now.phone_hidden),
  })
}

function contactsIn(body: Body): Record<string, string> {
  const entries = Object.entries(bodyOf(body['contacts'])).map(([phone, name]) => {
    if (typeof name !== 'string') throw new BadRequest('contacts: names by phone number are expected')
    return [phoneIn(phone, 'contacts'), name]
  })
  return Object.fromEntries(entries)
}

/** Chats that a phone had before it was linked: `{chats: [{with|group, name?, messages: [{from_me?, from?, text…, sent_at}]}]}`. */
function historyIn(world: World, phone: string, body: Body): number {
  const { network, media } = world
  const entries = listIn(body, 'chats').flatMap((raw) => {
    const whole = bodyOf(raw)
    const chat = chatIn(network, whole)
    const name = optionalText(whole, 'name')
    if (name !== undefined && chat.peer !== undefined) network.setPhone(chat.peer, { name })
    return listIn(whole, 'messages').map((each) => {
      const message = bodyOf(each)
      const mine = flagIn(message, 'from_me', false)
      const from = mine ? phone : (chat.peer ?? phoneIn(message['from'], 'messages.from'))
      const sentAt = Date.parse(textIn(message, 'sent_at'))
      if (Number.isNaN(sentAt)) throw new BadRequest('messages.sent_at: a time such as 2026-11-20T10:00:00Z is expected')
      const others = chat.peer === undefined || mine ? chat : { peer: phone }
      return { from, chat: others, content: contentIn(message, media), sent_at: sentAt, read: flagIn(message, 'read', false) }
    })
  })
  for (const { read, ...entry } of entries) {
    const message = network.addHistory(entry)
    if (read) network.markHistoryRead(message, phone)
  }
  return entries.length
}
