import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../contract/message.ts'
import type { Api } from './api.ts'
import type { Phones, Place } from './phones.ts'

/** A chat that traffic runs in. Texts are `<name> in <n>` and `<name> out <n>`, counted from 1. */
export interface Chat {
  readonly name: string
  /** Who writes in it and reads what comes. */
  readonly customers: readonly [string, ...string[]]
  /** Where those write. */
  readonly place: Place
  readonly conversation: string
}

/** A message that the inbox took with a 202. */
export interface Sent {
  readonly chat: Chat
  readonly id: string
  readonly text: string
}

/** Customers and agents who write to each other in several chats at once. */
export interface Traffic {
  /** What customers have written, in order within a chat. */
  readonly written: readonly { readonly chat: Chat; readonly text: string }[]
  readonly sent: readonly Sent[]
  /** Sends that had to be repeated with the same key. */
  readonly repeats: number
  /** Nobody begins anything new; resolves when every send that was begun has been taken. Throws what went wrong. */
  stop(): Promise<void>
  /** Everybody stops where they are. */
  abandon(): void
}

/** Longer than a key of a killed request is held (60 s). */
const repeatLimit = 100_000

/** A customer gets no further ahead of the bridge: on a slow machine its queue would otherwise grow for as long as the run lasts. */
const writtenAhead = 50

/** Starts to write: one customer and one agent a chat, each message after the other, with pauses of up to `pauseMs`. */
export function startTraffic({
  phones,
  agent,
  chats,
  pauseMs,
}: {
  phones: Phones
  agent: Api
  chats: readonly Chat[]
  pauseMs: number
}): Traffic {
  const written: { chat: Chat; text: string }[] = []
  const sent: Sent[] = []
  const stopping = new AbortController()
  const abandoned = new AbortController()
  let repeats = 0
  const people = Promise.all(chats.flatMap((chat) => [customer(chat), agentIn(chat)]))
  // Awaited by stop(); until then a failure must not end the process.
  people.catch(() => stopping.abort())

  return {
    written,
    sent,
    get repeats() {
      return repeats
    },
    async stop() {
      stopping.abort()
      await people
    },
    abandon() {
      stopping.abort()
      abandoned.abort()
    },
  }

  async function customer(chat: Chat): Promise<void> {
    for (let n = 1; !stopping.signal.aborted; n += 1) {
      const [writer = chat.customers[0]] = [chat.customers[n % chat.customers.length]]
      const text = `${chat.name} in ${n}`
      await phones.write(writer, chat.place, text)
      written.push({ chat, text })
      if (n % 3 === 0) for (const each of chat.customers) await phones.read(each, chat.place)
      if (n % writtenAhead === 0) await hasArrived(phones, text, stopping.signal)
      await pause()
    }
  }

  async function agentIn(chat: Chat): Promise<void> {
    for (let n = 1; !stopping.signal.aborted; n += 1) {
      const text = `${chat.name} out ${n}`
      sent.push({ chat, text, id: await send(chat, text) })
      await pause()
    }
  }

  /** Repeats with the same key until the server has taken it. */
  async function send(chat: Chat, text: string): Promise<string> {
    const began = performance.now()
    for (;;) {
      const { status, body } = await agent.call<Message>('POST', `/communications/conversations/${chat.conversation}/messages`, {
        body: { text },
        headers: { 'idempotency-key': text.replaceAll(' ', '-') },
      })
      if (status === 202) return body.id
      const mayRepeat = status === 0 || status >= 500 || (status === 409 && JSON.stringify(body).includes('idempotency_in_progress'))
      if (!mayRepeat || abandoned.signal.aborted || performance.now() - began > repeatLimit)
        throw new Error(`"${text}" was not taken: ${status} ${JSON.stringify(body)}`)
      repeats += 1
      await sleep(100)
    }
  }

  async function pause(): Promise<void> {
    await sleep(Math.random() * pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
  }
}

/** Until the bridge has brought it to the homeserver, or everybody stops. */
async function hasArrived(phones: Phones, text: string, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    if ((await phones.ledger()).some((line) => line.text === text && line.bridged.length > 0)) return
    await sleep(500, undefined, { signal: stopping }).catch(() => {})
  }
}
