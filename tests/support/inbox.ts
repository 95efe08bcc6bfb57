import type { Call } from '../../contract/api.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Login } from '../../contract/login.ts'
import type { Message } from '../../contract/message.ts'
import { waitFor } from '../e2e/wait.ts'
import type { Input, Person } from './api-client.ts'
import type { PhoneMessage, Phones } from './phones.ts'
import type { World } from './world.ts'

/** Every conversation that this person sees. */
export function conversationsOf(person: Person, channelId?: string): Promise<readonly Conversation[]> {
  const query = { limit: 200, ...(channelId === undefined ? {} : { channel_id: channelId as Conversation['channel_id'] }) }
  return pages((cursor) => person.call('listConversations', { query: { ...query, ...cursor } }))
}

/** A whole conversation as this person sees it, oldest first. */
export async function messagesOf(person: Person, { id }: Pick<Conversation, 'id'>): Promise<readonly Message[]> {
  const all: Message[] = []
  for (;;) {
    const before = all.at(-1)?.id
    const query = { limit: 200, ...(before === undefined ? {} : { before }) }
    const page = await person.call('listMessages', { params: { conversation_id: id }, query })
    all.push(...page.items)
    if (!page.has_more) return all.reverse()
  }
}

/** Every message of these conversations' channels. */
export async function inboxOf(person: Person, channelId?: string): Promise<readonly Message[]> {
  const all = []
  for (const conversation of await conversationsOf(person, channelId)) all.push(...(await messagesOf(person, conversation)))
  return all
}

async function pages<T>(
  read: (cursor: {
    cursor?: string
  }) => Promise<{ readonly items: readonly T[]; readonly next_cursor?: string | null; readonly has_more: boolean }>,
): Promise<readonly T[]> {
  const all: T[] = []
  for (let cursor: string | undefined; ;) {
    const page = await read(cursor === undefined ? {} : { cursor })
    all.push(...page.items)
    if (!page.has_more) return all
    cursor = page.next_cursor ?? undefined
  }
}

/** The ledger's messages of a linked number by the ids that they have on the homeserver, each once. */
export async function ledgerOf(phones: Phones, number: string): Promise<ReadonlyMap<string, PhoneMessage>> {
  const found = new Map<string, PhoneMessage>()
  for (const message of await phones.ledger()) {
    for (const copy of message.bridged ?? []) if (copy.login === number) found.set(copy.event_id, message)
  }
  return found
}

/** Links a phone by QR as a person does: whatever code is newest is scanned. Gives the login that is connected. */
export async function linkByQr(
  { phones }: Pick<World, 'phones'>,
  person: Person,
  phone: string,
  body: Input<'connectWhatsapp'>['body'] = {},
): Promise<Login> {
  const params = { user_id: 'me' }
  let login = await person.call('connectWhatsapp', { params, body })
  while (login.status === 'show_qr' || login.status === 'starting') {
    const { qr } = login
    // A code that was shown a moment ago may be too old already; then the next one is scanned.
    if (qr !== undefined) await phones.act(phone, 'scan', { data: qr.data }).catch(() => undefined)
    login = await person.call('getWhatsappLogin', { params, query: { wait: 25, since: login.updated_at } })
  }
  if (login.status === 'finishing') login = await finished(person)
  if (login.status !== 'connected') throw new Error(`the phone was not linked: ${JSON.stringify(login)}`)
  return login
}

/** Waits until linking has come to its end. */
export function finished(person: Person): Promise<Login> {
  return waitFor(
    async () => {
      const login = await person.call('getWhatsappLogin', { params: { user_id: 'me' }, query: { wait: 1 } })
      return ['connected', 'failed', 'expired', 'cancelled'].includes(login.status) && login
    },
    { what: 'the end of linking', timeout: 60_000 },
  )
}

/** Sends and waits until the other side has it; in a group, where no delivery is reported, until WhatsApp has it. */
export async function sendAndDeliver(
  person: Person,
  conversation: Pick<Conversation, 'id' | 'type'>,
  body: Call<'sendMessage'>['body'],
): Promise<Message> {
  const queued = await person.call('sendMessage', { params: { conversation_id: conversation.id }, body })
  const enough = conversation.type === 'group' ? ['sent', 'delivered', 'read'] : ['delivered', 'read']
  const look = async () => {
    const message = await findMessage(person, queued)
    if (message?.status === 'failed') throw new Error(`the message failed: ${JSON.stringify(message.error)}`)
    return message !== undefined && enough.includes(message.status ?? '') && message
  }
  return waitFor(look, { what: `"${queued.type}" to reach the other side`, timeout: 60_000, interval: 50 })
}

/** The message as it is now. */
export async function findMessage(person: Person, message: Pick<Message, 'id' | 'conversation_id'>): Promise<Message | undefined> {
  const page = await person.call('listMessages', {
    params: { conversation_id: message.conversation_id },
    query: { around: message.id, limit: 3 },
  })
  return page.items.find((item) => item.id === message.id)
}

/** Waits until nothing is waiting to be done in the server. */
export async function settled(admin: Person): Promise<void> {
  const look = async () => {
    const { inbound_waiting, outbox_waiting, jobs_waiting } = await admin.call('getOperations')
    return inbound_waiting + outbox_waiting + jobs_waiting === 0
  }
  await waitFor(look, { what: 'the server to have nothing left to do', timeout: 60_000 })
}
