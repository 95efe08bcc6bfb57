import type { ConversationId } from '../../contract/ids.ts'
import type { Schedule } from './publisher.ts'

/** How long the word that somebody types is believed without another one. */
const TYPING_MS = 30_000

/** Who types where. The end may never be told, so each word ends by itself. */
export function createTyping({ after }: Pick<Schedule, 'after'>, changed: (id: ConversationId) => void) {
  const words = new Map<ConversationId, { readonly name: string }>()
  const stop = (id: ConversationId) => {
    if (words.delete(id)) changed(id)
  }
  return {
    name: (id: ConversationId) => words.get(id)?.name,
    start: (id: ConversationId, name: string) => {
      const word = { name }
      words.set(id, word)
      changed(id)
      after(TYPING_MS, () => words.get(id) === word && stop(id))
    },
    stop,
  }
}
