import type { Presence } from '../../contract/event.ts'
import type { ConversationId } from '../../contract/ids.ts'
import type { Schedule } from './publisher.ts'

/** A colleague who is in a conversation now. */
export interface Colleague {
  readonly id: string
  readonly name: string
  readonly state: 'viewing' | 'typing'
}

/** Who says nothing for this time has left, in milliseconds. */
const SILENT_MS = 60_000
const nobody: readonly Colleague[] = []

/** Which colleagues look at a conversation or write in it. `me` is not told of oneself. */
export function createColleagues({ after }: Pick<Schedule, 'after'>, changed: (id: ConversationId) => void) {
  const all = new Map<ConversationId, readonly Colleague[]>()
  const replace = (id: ConversationId, next: readonly Colleague[]) => {
    if (next.length > 0) all.set(id, next)
    else all.delete(id)
    changed(id)
  }
  return {
    list: (id: ConversationId) => all.get(id) ?? nobody,
    apply: ({ conversation_id, user, state }: Presence) => {
      const id = conversation_id as ConversationId
      const before = all.get(id) ?? nobody
      const others = before.filter((one) => one.id !== user.id)
      if (state === 'left') return before.length === others.length ? undefined : replace(id, others)
      const colleague: Colleague = { ...user, state }
      replace(id, [...others, colleague])
      after(SILENT_MS, () => {
        const now = all.get(id) ?? nobody
        if (now.includes(colleague))
          replace(
            id,
            now.filter((one) => one !== colleague),
          )
      })
    },
  }
}
