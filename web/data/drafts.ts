import type { Draft, DraftInput, DraftMode } from '../../contract/draft.ts'
import type { ConversationId, MessageId } from '../../contract/ids.ts'

/** Texts that are being written: of each conversation one to the contact, with what it answers, and one to colleagues. */
export interface Drafts {
  readonly get: (id: ConversationId, mode?: DraftMode) => string
  /** Kept in this browser at once, and on the server a moment later. */
  readonly set: (id: ConversationId, text: string, mode?: DraftMode) => void
  /** The message that the text to the contact answers. */
  readonly replyTo: (id: ConversationId) => MessageId | undefined
  readonly setReplyTo: (id: ConversationId, message: MessageId | undefined) => void
  /** What the server has, written here or on another machine of the same person. What is being written now stands before it. */
  readonly keep: (draft: Draft) => void
  /** Hears of every draft that has come from the server. */
  readonly subscribe: (listener: (id: ConversationId, mode: DraftMode) => void) => () => void
}

interface Deps {
  readonly storage: Storage
  readonly prefix: string
  readonly later: (ms: number, run: () => void) => () => void
  readonly save: (id: ConversationId, draft: DraftInput) => Promise<unknown>
}

const SAVE_AFTER_MS = 1_500

export function createDrafts({ storage, prefix, later, save }: Deps): Drafts {
  const listeners = new Set<(id: ConversationId, mode: DraftMode) => void>()
  /** What this browser has not told the server yet. */
  const unsaved = new Map<string, () => void>()
  const nameOf = (id: ConversationId, mode: DraftMode) => (mode === 'note' ? `${prefix}${id}#note` : prefix + id)

  const answersOf = (id: ConversationId) => `${prefix}${id}#answers`

  function write(name: string, text: string): void {
    if (text === '') return storage.removeItem(name)
    try {
      storage.setItem(name, text)
    } catch {
      // Full or forbidden storage: the page works on, and the server keeps it.
    }
  }

  const get = (id: ConversationId, mode: DraftMode = 'reply') => storage.getItem(nameOf(id, mode)) ?? ''
  const replyTo = (id: ConversationId) => (storage.getItem(answersOf(id)) as MessageId | null) ?? undefined

  function saveLater(id: ConversationId, mode: DraftMode): void {
    const name = nameOf(id, mode)
    unsaved.get(name)?.()
    const cancel = later(SAVE_AFTER_MS, () => {
      const answered = mode === 'reply' ? replyTo(id) : undefined
      save(id, { mode, text: get(id, mode), ...(answered ? { reply_to_id: answered } : {}) }).then(
        () => unsaved.get(name) === cancel && unsaved.delete(name),
        // The next change is told again; until then it stands in this browser.
        () => undefined,
      )
    })
    unsaved.set(name, cancel)
  }

  return {
    get,
    set: (id, text, mode = 'reply') => {
      write(nameOf(id, mode), text)
      saveLater(id, mode)
    },
    replyTo,
    setReplyTo: (id, message) => {
      if (replyTo(id) === message) return
      write(answersOf(id), message ?? '')
      saveLater(id, 'reply')
    },
    keep: ({ conversation_id, mode, text, reply_to_id }) => {
      const name = nameOf(conversation_id, mode)
      const answered = mode === 'reply' ? reply_to_id : replyTo(conversation_id)
      if (unsaved.has(name) || (get(conversation_id, mode) === text && replyTo(conversation_id) === answered)) return
      write(name, text)
      write(answersOf(conversation_id), answered ?? '')
      for (const listener of listeners) listener(conversation_id, mode)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
