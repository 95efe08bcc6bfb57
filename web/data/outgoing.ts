import type { Attachment } from '../../contract/content.ts'
import type { ConversationId, MediaId, MessageId } from '../../contract/ids.ts'
import type { Message, MessageInput } from '../../contract/message.ts'
import { ApiError, isPassing } from './api-error.ts'
import type { Client } from './client.ts'
import type { Store } from './store.ts'
import type { Outgoing } from './thread.ts'

/** Keeps sends that are not answered yet over a reload of the page, each under its own key so that tabs do not overwrite each other. */
export interface OutgoingShelf {
  readonly list: () => readonly Outgoing[]
  readonly put: (outgoing: Outgoing) => void
  readonly remove: (key: string) => void
}

interface Deps {
  readonly client: Client
  readonly store: Store
  readonly shelf: OutgoingShelf
  readonly now: () => number
  readonly newId: () => string
  /** Ends after this time, or when woken or closed. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** What a person sends: a text, or a file with the text as its caption. */
export interface Draft {
  readonly text: string
  readonly file?: { readonly file: File; readonly type: Attachment['type']; readonly voice?: boolean }
  readonly reply_to_id?: MessageId
}

export interface Sends {
  readonly send: (conversation: ConversationId, draft: Draft) => void
  /** Sends again what was refused; it is a new request, since nothing of the refused one was kept. */
  readonly sendAgain: (key: string) => void
  readonly discard: (key: string) => void
  /** Takes up what an earlier page left unanswered. */
  readonly resume: () => void
  /** The network is back: waiting sends are tried now. */
  readonly wake: () => void
  /** Whether a file would be lost if the page were closed now. */
  readonly hasUnsavedFile: () => boolean
  readonly close: () => void
}

/** The server keeps idempotency keys for 48 hours; after that a repeat could send twice, so the person decides. */
const KEY_LIFE_MS = 47 * 60 * 60 * 1000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

/**
 * Optimistic sending. Each send has a key that goes out as its idempotency key and is kept over repeats, so a lost answer
 * never doubles a message. Sends of one conversation go one after another; conversations do not wait for each other.
 */
export function createSends({ client, store, shelf, now, newId, pause }: Deps): Sends {
  const lanes = new Map<ConversationId, string[]>()
  const running = new Set<ConversationId>()
  const closing = new AbortController()
  let waking = new AbortController()

  function change(send: Outgoing): void {
    store.putOutgoing(send)
    if (!send.file) shelf.put(send)
  }

  function remove(key: string): void {
    shelf.remove(key)
    store.dropOutgoing(key)
  }

  function enqueue(send: Outgoing): void {
    change(send)
    const lane = lanes.get(send.conversation_id) ?? []
    lanes.set(send.conversation_id, lane)
    if (!lane.includes(send.key)) lane.push(send.key)
    void drain(send.conversation_id, lane)
  }

  async function drain(id: ConversationId, lane: string[]): Promise<void> {
    if (running.has(id)) return
    running.add(id)
    let wait = FIRST_PAUSE_MS
    while (!closing.signal.aborted) {
      const send = lane[0] === undefined ? undefined : store.outgoing(lane[0])
      if (lane.length === 0) break
      const again = send ? await attempt(send) : undefined
      if (again === undefined) {
        lane.shift()
        wait = FIRST_PAUSE_MS
      } else {
        await pause(Math.max(again, wait), AbortSignal.any([closing.signal, waking.signal]))
        wait = Math.min(wait * 2, LONGEST_PAUSE_MS)
      }
    }
    running.delete(id)
  }

  /** One try. Answers the least time to wait before the next one, or nothing when the send has come to an end. */
  async function attempt(send: Outgoing): Promise<number | undefined> {
    if (now() - Date.parse(send.created_at) > KEY_LIFE_MS) return fail(send, 'outcome_unknown')
    try {
      change({ ...send, state: 'sending' })
      const message = await post(await uploaded(send))
      if (closing.signal.aborted) return undefined
      shelf.remove(send.key)
      store.settleOutgoing(send.key, message)
      return undefined
    } catch (error) {
      if (closing.signal.aborted) return undefined
      const current = store.outgoing(send.key)
      if (!current) return undefined
      if (!isPassing(error)) return fail(current, error instanceof ApiError ? error.code : 'internal')
      change({ ...current, state: 'waiting' })
      return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    }
  }

  async function uploaded(send: Outgoing): Promise<Outgoing> {
    const { file, ...rest } = send
    if (!file) return { ...send, state: 'sending' }
    const { id } = await client.upload(file, closing.signal)
    const [described] = send.input.attachments ?? []
    const ready: Outgoing = { ...rest, state: 'sending', input: { ...send.input, attachments: [{ ...described, media_id: id }] } }
    if (store.outgoing(send.key)) change(ready)
    return ready
  }

  function post(send: Outgoing): Promise<Message> {
    return client.call('sendMessage', {
      params: { conversation_id: send.conversation_id },
      body: send.input,
      idempotencyKey: send.key,
      signal: closing.signal,
    })
  }

  /** Refused for certain. It gets a new key at once, under which it may be sent again: the old one answers the refusal for ever. */
  function fail(send: Outgoing, error: NonNullable<Outgoing['error']>): undefined {
    const { seen_as: _, ...rest } = send
    remove(send.key)
    change({ ...rest, key: nextKey(send.key), state: 'failed', error })
  }

  function send(conversation: ConversationId, draft: Draft): void {
    enqueue({
      key: newId(),
      conversation_id: conversation,
      created_at: new Date(now()).toISOString(),
      state: 'waiting',
      input: inputOf(draft),
      ...(draft.file ? { file: draft.file.file, file_name: draft.file.file.name } : {}),
    })
  }

  return {
    send,
    sendAgain: (key) => {
      const failed = store.outgoing(key)
      if (failed?.state !== 'failed') return
      const { error: _, ...rest } = failed
      enqueue({ ...rest, state: 'waiting', created_at: new Date(now()).toISOString() })
    },
    discard: remove,
    resume: () => {
      for (const left of shelf.list().toSorted((a, b) => a.created_at.localeCompare(b.created_at))) {
        if (left.state === 'failed') store.putOutgoing(left)
        else enqueue({ ...left, state: 'waiting' })
      }
    },
    wake: () => {
      waking.abort()
      waking = new AbortController()
    },
    hasUnsavedFile: () => [...lanes.values()].flat().some((key) => store.outgoing(key)?.file !== undefined),
    close: () => closing.abort(),
  }
}

/** The key after this one, the same in every tab that holds the send, so that two tabs sending it again do not double it. */
function nextKey(key: string): string {
  const [name, count] = key.split('~')
  return `${name}~${Number(count ?? 0) + 1}`
}

function inputOf({ text, file, reply_to_id }: Draft): MessageInput {
  const reply = reply_to_id ? { reply_to_id } : {}
  if (!file) return { type: 'text', text, ...reply }
  const attachment: { media_id?: MediaId; voice?: boolean } = file.voice ? { voice: true } : {}
  return { type: file.type, attachments: [attachment], ...(text === '' ? {} : { text }), ...reply }
}
