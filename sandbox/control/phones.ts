import type { FastifyInstance, FastifyRequest } from 'fastify'
import { chatsOf, membersOf } from '../phone/chats.ts'
import { deleteChat, deleteForMe, isAtMeta, linkedTo, readdress, unlinkDevice } from '../phone/linking.ts'
import { sendMessage } from '../phone/messages.ts'
import { chatOf } from '../phone/network-state.ts'
import { phoneOf, Refused, setTrouble } from '../phone/network.ts'
import type { Outcome } from '../phone/pairing.ts'
import { readChat, setOnline, setTyping } from '../phone/receipts.ts'
import type { Broadcast, Chat, WaContent, WaMessage } from '../phone/types.ts'
import { contentIn } from './content.ts'
import { addHistoryIn, changePhone } from './history.ts'
import { BadRequest, bodyOf, chatIn, flagIn, listIn, optionalChat, optionalText, phoneIn, textIn, type Body } from './input.ts'
import { ledgerView, phoneView } from './views.ts'
import type { World } from './world.ts'

/** Adds `POST /sandbox/v1/phones/{phone}<url>`; what `work` returns is the answer. */
type Post = (url: string, status: number, work: (phone: string, body: Body) => unknown) => void

const base = '/sandbox/v1/phones/:phone'
const outcomes = ['ok', 'passkey', 'timeout', 'multidevice_not_enabled', 'client_outdated', 'pair_error']
const troubles = [
  'wa-main-device-gone',
  'wa-unknown-logout',
  'wa-temporary-ban',
  'wa-stream-replaced',
  'wa-stream-error',
  'wa-client-outdated',
  'wa-transient-disconnect',
  'wa-keepalive-timeout',
  'wa-phone-offline',
]

const broadcasts: readonly Broadcast[] = ['status', 'newsletter', 'community']

/** What one can do with a phone in the hand: `/sandbox/v1/phones/{phone}/…`. */
export function phoneRoutes(app: FastifyInstance, world: World): void {
  const post: Post = (url, status, work) =>
    app.post(base + url, async (request, reply) => reply.code(status).send(work(phoneFor(world, request), bodyOf(request.body)) ?? {}))
  app.get(`${base}/messages`, async (request) => ({ items: received(world, phoneFor(world, request), bodyOf(request.query)) }))
  app.post(base, async (request) => changePhone(world, phoneIn(bodyOf(request.params)['phone'], 'phone'), bodyOf(request.body)))
  deviceRoutes(post, world)
  writeRoutes(post, world)
  chatRoutes(post, world)
}

function phoneFor({ network }: World, request: FastifyRequest): string {
  const phone = phoneIn(bodyOf(request.params)['phone'], 'phone')
  if (!phoneOf(network, phone).on_whatsapp) throw new BadRequest(`phone: +${phone} is not on WhatsApp`)
  return phone
}

/** A phone that is switched off does nothing. */
function mustBeOn({ network }: World, phone: string): void {
  if (!phoneOf(network, phone).online) throw new BadRequest(`phone: +${phone} is switched off`)
}

function received({ network }: World, phone: string, query: Body): unknown[] {
  const chat = optionalChat(network, query)
  const key = chat === undefined ? undefined : (chat.group ?? `+${chat.peer}`)
  const items = phoneView(network, phone, { sentToo: query['all'] === 'true' })
  return items.filter((item) => key === undefined || item['chat'] === key)
}

function deviceRoutes(post: Post, world: World): void {
  const { network, pairings } = world
  post('/scan', 200, (phone, body) => {
    mustBeOn(world, phone)
    if (isAtMeta(network, phone)) throw new BadRequest(`phone: +${phone} is at Meta, and there is no phone to scan with`)
    const outcome = optionalText(body, 'outcome') ?? 'ok'
    if (!outcomes.includes(outcome)) throw new BadRequest(`outcome: one of ${outcomes.join(', ')} is expected`)
    const code = optionalText(body, 'code')
    pairings.scan(phone, code === undefined ? { data: textIn(body, 'data') } : { code }, outcome as Outcome)
    return { phone: `+${phone}` }
  })
  post('/offline', 200, (phone, body) => {
    setOnline(network, phone, !flagIn(body, 'offline', true))
    return { phone: `+${phone}`, online: phoneOf(network, phone).online }
  })
  post('/unlink', 200, (phone) => {
    const linked = linkedTo(network, phone)
    if (linked.length === 0) throw new Refused(`phone: +${phone} has no linked device`)
    for (const device of linked) unlinkDevice(network, device.id, 'wa-logged-out')
  })
  post('/trouble', 200, (phone, body) => {
    const error = optionalText(body, 'error')
    if (error !== undefined && !troubles.includes(error)) throw new BadRequest(`error: one of ${troubles.join(', ')} is expected, or none`)
    setTrouble(network, phone, error)
  })
  post('/readdress', 200, (phone) => readdress(network, phone))
  post('/history', 201, (phone, body) => ({ added: addHistoryIn(world, phone, body) }))
}

function writeRoutes(post: Post, world: World): void {
  const { network, media } = world
  post('/messages', 201, (phone, body) => {
    mustBeOn(world, phone)
    const replyTo = optionalText(body, 'reply_to')
    const message = sendMessage(network, {
      from: phone,
      chat: chatIn(network, body),
      content: contentIn(body, media),
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      ...(flagIn(body, 'comment', false) ? { comment: true } : {}),
      ...(flagIn(body, 'forwarded', false) ? { forwarded: true } : {}),
    })
    return ledgerView(network, message)
  })
  const change = (url: string, contentOf: (target: WaMessage, body: Body) => WaContent) =>
    post(url, 201, (phone, body) => {
      mustBeOn(world, phone)
      const target = targetIn(world, phone, body)
      return ledgerView(network, sendMessage(network, { from: phone, chat: chatOf(target, phone), content: contentOf(target, body) }))
    })
  change('/react', (target, body) => ({ type: 'reaction', target: target.id, emoji: optionalText(body, 'emoji') ?? '' }))
  change('/edit', (target, body) => ({ type: 'edit', target: target.id, text: textIn(body, 'text') }))
  change('/revoke', (target) => ({ type: 'revoke', target: target.id }))
  change('/resolve', (target, body) => ({ type: 'late', target: target.id, content: contentIn(body, media) }))
  change('/disappear', (target) => ({ type: 'disappeared', target: target.id }))
  change('/vote', (target, body) => voteIn(target, listIn(body, 'options').map(String)))
}

/** The message that a body names, if this phone has it. */
function targetIn({ network }: World, phone: string, body: Body): WaMessage {
  const id = optionalText(body, 'message_id') ?? textIn(body, 'id')
  const target = network.state.messages.get(id)
  const knows = target !== undefined && membersOf(network, phone, chatOf(target, phone)).includes(phone)
  if (!knows || (target.group === undefined && target.from !== phone && target.to !== phone))
    throw new BadRequest('message_id: this phone has no such message')
  return target
}

function voteIn(target: WaMessage, options: string[]): WaContent {
  const { content } = target
  if (content.type !== 'poll') throw new BadRequest('message_id: this is not a poll')
  const unknown = options.find((option) => !content.options.includes(option))
  if (unknown !== undefined) throw new BadRequest(`options: the poll has no option "${unknown}"`)
  return { type: 'poll_vote', target: target.id, options }
}

function chatRoutes(post: Post, world: World): void {
  const { network } = world
  post('/read', 200, (phone, body) => {
    mustBeOn(world, phone)
    if (body['message_id'] !== undefined || body['id'] !== undefined) {
      const target = targetIn(world, phone, body)
      return { read: readChat(network, { phone, chat: chatOf(target, phone), up_to: target.id }) }
    }
    const chat = optionalChat(network, body)
    const chats: Chat[] = chat === undefined ? chatsOf(network, phone) : [chat]
    return { read: chats.flatMap((each) => readChat(network, { phone, chat: each })) }
  })
  post('/typing', 200, (phone, body) => setTyping(network, { phone, chat: chatIn(network, body), on: flagIn(body, 'on', true) }))
  post('/delete_chat', 200, (phone, body) => deleteChat(network, phone, chatIn(network, body)))
  post('/delete_for_me', 200, (phone, body) => {
    const target = targetIn(world, phone, body)
    deleteForMe(network, phone, chatOf(target, phone), target.id)
  })
  post('/broadcast', 200, (phone, body) => {
    const to = broadcasts.find((each) => each === body['chat'])
    if (to === undefined) throw new BadRequest(`chat: one of ${broadcasts.join(', ')} is expected`)
    const event = { kind: 'broadcast', to, from: phone, text: textIn(body, 'text'), at: network.clock() } as const
    network.devices.tell(phoneIn(body['to'], 'to'), event)
  })
}
