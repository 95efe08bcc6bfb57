import type { OutgoingShelf } from './outgoing.ts'
import type { Outgoing } from './thread.ts'

/** Keeps things of one person in this browser, one entry each. Where storage is full or forbidden, nothing is kept. */
export function createShelf(storage: Storage, prefix: string): OutgoingShelf {
  return {
    list: () => {
      const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '').filter((name) => name.startsWith(prefix))
      return names.flatMap((name) => parseOutgoing(storage.getItem(name)))
    },
    put: (outgoing) => attempt(() => storage.setItem(prefix + outgoing.key, JSON.stringify(outgoing))),
    remove: (key) => storage.removeItem(prefix + key),
  }
}

function attempt(write: () => void): void {
  try {
    write()
  } catch {
    // Full or forbidden storage: the page works on, without keeping this over a reload.
  }
}

function parseOutgoing(text: string | null): readonly Outgoing[] {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    const isOne = typeof value === 'object' && value !== null && 'key' in value && 'conversation_id' in value && 'input' in value
    return isOne ? [value as Outgoing] : []
  } catch {
    return []
  }
}
