import type { ConversationId } from '../../contract/ids.ts'
import type { Message, MessageInput } from '../../contract/message.ts'
import { ApiError, isPassing } from './api-error.ts'
import type { Client } from './client.ts'
import { createLanes } from './lanes.ts'
import { type Draft, outgoingOf } from './draft.ts'
import type { Store } from './store.ts'
import type { Outgoing } from './thread.ts'
import { createUploads } from './uploads.ts'

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
  /** Ends after this time, or when the signal fires. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface Sends {
  readonly send: (conversation: ConversationId, draft: Draft) => void
  /** Sends again what was refused; it is a new request, since nothing of the refused one was kept. */
  readonly sendAgain: (key: string) => void
  /** Sends what was refused because it would begin a chat on another number: the person has agreed. */
  readonly confirmReroute: (key: string) => void
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

/**
 * Optimistic sending. Each send has a key that goes out as its idempotency key and is kept over repeats, so a lost answer
 * never doubles a message. Sends of one conversation go one after another; conversations do not wait for each other.
 */
export function createSends({ client, store, shelf, now, newId, pause }: Deps): Sends {
  const lanes = createLanes<ConversationId>({ attempt, pause })
  const { signal } = lanes
  const uploads = createUploads({ client, store, signal })

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
    lanes.add(send.conversation_id, send.key)
  }

  async function attempt(key: string): Promise<number | undefined> {
    const send = store.outgoing(key)
    if (!send) return undefined
    if (now() - Date.parse(send.created_at) > KEY_LIFE_MS) return fail(send, 'outcome_unknown')
    try {
      change({ ...send, state: 'sending' })
      const ready = await uploads.withFile({ ...send, state: 'sending' })
      if (send.file && store.outgoing(key)) change(ready)
      const message = await post(client, ready, signal)
      shelf.remove(key)
      if (!signal.aborted) store.settleOutgoing(key, message)
      return undefined
    } catch (error) {
      const current = store.outgoing(key)
      if (signal.aborted || !current) return undefined
      if (!isPassing(error)) return fail(current, error instanceof ApiError ? error.code : 'internal')
      change({ ...current, state: 'waiting' })
      return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    }
  }

  function discard(key: string): void {
    uploads.giveUp(key)
    remove(key)
  }

  /** Refused for certain. It gets a new key at once, under which it may be sent again: the old one answers the refusal for ever. */
  function fail(send: Outgoing, error: NonNullable<Outgoing['error']>): undefined {
    const { seen_as: _, ...rest } = send
    remove(send.key)
    change({ ...rest, key: nextKey(send.key), state: 'failed', error })
  }

  function repeat(key: string, more: Pick<MessageInput, 'confirm_reroute'>): void {
    const failed = store.outgoing(key)
    if (failed?.state !== 'failed') return
    const { error: _, ...rest } = failed
    enqueue({ ...rest, input: { ...rest.input, ...more }, state: 'waiting', created_at: new Date(now()).toISOString() })
  }

  return {
    send: (conversation, draft) => enqueue(outgoingOf(conversation, draft, newId(), new Date(now()))),
    sendAgain: (key) => repeat(key, {}),
    confirmReroute: (key) => repeat(key, { confirm_reroute: true }),
    discard,
    resume: () => {
      for (const left of shelf.list().toSorted((a, b) => a.created_at.localeCompare(b.created_at))) {
        if (left.state === 'failed') store.putOutgoing(left)
        else enqueue({ ...left, state: 'waiting' })
      }
    },
    wake: lanes.wake,
    hasUnsavedFile: () => lanes.keys().some((key) => store.outgoing(key)?.file !== undefined),
    close: lanes.close,
  }
}

function post({ call }: Client, send: Outgoing, signal: AbortSignal): Promise<Message> {
  const params = { conversation_id: send.conversation_id }
  return call('sendMessage', { params, body: send.input, idempotencyKey: send.key, signal })
}

/** The key after this one, the same in every tab that holds the send, so that two tabs sending it again do not double it. */
function nextKey(key: string): string {
  const [name, count] = key.split('~')
  return `${name}~${Number(count ?? 0) + 1}`
}
