import type { FastifyInstance } from 'fastify'
import type { WhatsApp } from '../bridge/options.ts'
import { chatsOf, messagesOf } from '../phone/chats.ts'
import { findByLid, phoneOf, Refused, type Network } from '../phone/network.ts'
import { parsePhone } from '../phone/numbers.ts'
import { statusOf } from '../phone/receipts.ts'
import type { Chat, Phone } from '../phone/types.ts'

/** What a linked device may look up: people as its owner knows them, groups, messages, history, files. */
export function readRoutes(app: FastifyInstance, { network, media }: WhatsApp): void {
  app.get('/wire/v1/people/:id', async (request) => {
    const { id } = request.params as { id: string }
    return personView(network, ownerOf(request.query), personOf(network, id))
  })
  app.get('/wire/v1/people', async (request) => {
    const owner = ownerOf(request.query)
    const book = Object.keys(phoneOf(network, owner).contacts)
    const talked = chatsOf(network, owner).flatMap((chat) => chat.peer ?? [])
    return { items: [...new Set([...book, ...talked])].map((phone) => personView(network, owner, phoneOf(network, phone))) }
  })
  app.get('/wire/v1/groups/:id', async (request) => {
    const group = network.state.groups.get((request.params as { id: string }).id)
    if (group === undefined) throw new Refused('there is no such group')
    return group
  })
  app.get('/wire/v1/messages/:id', async (request) => {
    const message = network.state.messages.get((request.params as { id: string }).id)
    if (message === undefined) throw new Refused('there is no such message')
    return message
  })
  app.get('/wire/v1/history', async (request) => {
    const upTo = Number((request.query as { up_to_seq?: string }).up_to_seq ?? Infinity)
    return { chats: historyOf(network, ownerOf(request.query), upTo) }
  })
  app.get('/wire/v1/media/:sha256', async (request) => {
    const bytes = media.get((request.params as { sha256: string }).sha256)
    if (bytes === undefined) throw new Refused('there is no such media')
    return bytes
  })
  app.post('/wire/v1/media', async (request, reply) => {
    const { mime_type: mimeType = 'application/octet-stream' } = request.query as { mime_type?: string }
    return reply.code(201).send(media.put(request.body as Buffer, mimeType))
  })
}

function ownerOf(query: unknown): string {
  const owner = parsePhone((query as { of?: string }).of)
  if (owner === undefined) throw new Refused('of: whose phone is meant')
  return owner
}

/** By digits, `lid-…` or `…@lid`. */
function personOf(network: Network, id: string): Phone {
  const lid = /^lid-(\d+)$/.exec(id)?.[1] ?? /^(\d+)@lid$/.exec(id)?.[1]
  const phone = lid === undefined ? parsePhone(id.replace(/@s\.whatsapp\.net$/, '')) : findByLid(network, lid)?.phone
  if (phone === undefined) throw new Refused('there is nobody of that id')
  return phoneOf(network, phone)
}

/** `full_name` is what the owner's address book says, `saved` whether it is in there. */
function personView(network: Network, owner: string, person: Phone): object {
  const book = phoneOf(network, owner).contacts
  const full = book[person.phone]
  return { ...person, contacts: undefined, saved: full !== undefined, ...(full === undefined ? {} : { full_name: full }) }
}

/** Chats, newest first, each message in order; `read` says that the phone has nothing unread there (protocol/bridge.md 8.1). */
function historyOf(network: Network, owner: string, upTo: number): object[] {
  const chats = chatsOf(network, owner).map((chat: Chat) => {
    const messages = messagesOf(network, owner, chat).filter((message) => message.seq <= upTo)
    const read = messages.every((message) => message.from === owner || statusOf(network, message, owner) === 'read')
    return { chat, messages, read, last: messages.at(-1)?.sent_at ?? 0 }
  })
  return chats
    .filter(({ messages }) => messages.length > 0)
    .sort((a, b) => b.last - a.last)
    .map(({ chat, messages, read }) => ({ chat, messages, read }))
}
