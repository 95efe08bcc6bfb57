import { useState } from 'react'
import type { ConversationId } from '../../../contract/ids.ts'
import { useWorkspace } from '../../data/hooks.tsx'

/** Values of this tab, each under the person and the conversation that it belongs to. What is empty is not held. */
export interface Kept<T> {
  readonly get: (key: string) => T
  readonly change: (key: string, next: (now: T) => T) => T
}

export function createKept<T>(empty: T, isEmpty: (value: T) => boolean): Kept<T> {
  const values = new Map<string, T>()
  const get = (key: string) => values.get(key) ?? empty
  return {
    get,
    change: (key, next) => {
      const value = next(get(key))
      if (isEmpty(value)) values.delete(key)
      else values.set(key, value)
      return value
    },
  }
}

/**
 * A state of one conversation that is there again when one comes back to it. It is changed at once and not with the next drawing: what is sent
 * while the conversation is left must not be there when one comes back.
 */
export function useKept<T>(kept: Kept<T>, id: ConversationId): readonly [T, (next: (now: T) => T) => void] {
  const { user } = useWorkspace()
  const key = `${user.id} ${id}`
  const [value, setValue] = useState(() => kept.get(key))
  return [value, (next) => setValue(kept.change(key, next))]
}
