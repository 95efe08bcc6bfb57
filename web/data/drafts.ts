import type { Draft, DraftMode } from '../../contract/draft.ts'
import type { ConversationId } from '../../contract/ids.ts'

/** Texts that are being written: of each conversation one to the contact and one to colleagues. */
export interface Drafts {
  readonly get: (id: ConversationId, mode?: DraftMode) => string
  /** Kept in this browser at once, and on the server a moment later. */
  readonly set: (id: ConversationId, text: string, mode?: DraftMode) => void
  /** What the server has, written here or on another machine of the same person. What is being written now stands before it. */
  readonly keep: (draft: Draft) => void
  /** Hears of every draft that has come from the server. */
  readonly subscribe: (listener: (id: ConversationId, mode: DraftMode) => void) => () => void
}

interface Deps {
  readonly storage: Storage
  readonly prefix: string
  readonly later: (ms: number, run: () => void) => () => void
  readonly save: (id: ConversationId, draft: { readonly mode: DraftMode; readonly text: string }) => Promise<unknown>
}

const SAVE_AFTER_MS = 1_500

export function createDrafts({ storage, prefix, later, save }: Deps): Drafts {
  const listeners = new Set<(id: ConversationId, mode: DraftMode) => void>()
  /** What this browser has not told the server yet. */
  const unsaved = new Map<string, () => void>()
  const nameOf = (id: ConversationId, mode: DraftMode) => (mode === 'note' ? `${prefix}${id}#note` : prefix + id)

  function write(name: string, text: string): void {
    if (text === '') return storage.removeItem(name)
    try {
      storage.setItem(name, text)
    } catch {
      // Full or forbidden storage: the page works on, and the server keeps it.
    }
  }

  const get = (id: ConversationId, mode: DraftMode = 'reply') => storage.getItem(nameOf(id, mode)) ?? ''
  return {
    get,
    set: (id, text, mode = 'reply') => {
      const name = nameOf(id, mode)
      write(name, text)
      unsaved.get(name)?.()
      const cancel = later(SAVE_AFTER_MS, () => {
        save(id, { mode, text }).then(
          () => unsaved.get(name) === cancel && unsaved.delete(name),
          // The next change is told again; until then it stands in this browser.
          () => undefined,
        )
      })
      unsaved.set(name, cancel)
    },
    keep: ({ conversation_id, mode, text }) => {
      const name = nameOf(conversation_id, mode)
      if (unsaved.has(name) || get(conversation_id, mode) === text) return
      write(name, text)
      for (const listener of listeners) listener(conversation_id, mode)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
