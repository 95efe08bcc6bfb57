import { applyRecord, type StoreRecord } from './apply.ts'
import { openJournal, type Journal } from './journal.ts'
import { emptyState, type State } from './state.ts'

/** The homeserver's memory: `state` is read freely and changed only by `commit`, which has written the journal line when it returns. */
export type Store = {
  state: State
  commit(record: StoreRecord): void
  close(): void
}

/** Opens the memory, replaying the journal when a path is given; without one everything is forgotten at the end. */
export function openStore(journalPath: string | undefined): Store {
  const state = emptyState()
  const journal: Journal | undefined =
    journalPath === undefined ? undefined : openJournal(journalPath, (record) => applyRecord(state, record as StoreRecord))
  let open = true
  return {
    state,
    commit(record) {
      if (!open) throw new Error('the homeserver is closed')
      applyRecord(state, record)
      journal?.append(record)
    },
    close() {
      if (!open) return
      open = false
      journal?.close()
    },
  }
}
