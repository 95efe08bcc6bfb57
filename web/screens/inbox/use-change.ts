import { useCallback } from 'react'
import type { ConversationPatch } from '../../../contract/conversation.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { inverse } from '../../data/change-conversation.ts'
import { useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { useToast } from '../../ui/toast.tsx'
import { useErrorText } from '../use-action.ts'

/** As many changes go to the server at once. */
const AT_ONCE = 4

type PatchOf = (id: ConversationId) => ConversationPatch | undefined

/**
 * Changes conversations: shown at once, said with words that can be taken back, and told where it failed. Where the words are left out
 * nothing is said when it worked.
 */
export function useChange(): (ids: readonly ConversationId[], patchOf: PatchOf, done?: (count: number) => string) => Promise<void> {
  const { words } = useSpeech()
  const { reads, store } = useWorkspace()
  const toast = useToast()
  const errorText = useErrorText()
  return useCallback(
    async (ids, patchOf, done) => {
      const undo = new Map<ConversationId, ConversationPatch>()
      const errors: unknown[] = []
      const change = async (id: ConversationId) => {
        const before = store.conversation(id)
        const patch = patchOf(id)
        if (!before || !patch) return
        try {
          await reads.change(id, patch)
          undo.set(id, inverse(before, patch))
        } catch (error) {
          errors.push(error)
        }
      }
      await eachOf(ids, change)
      if (errors.length > 0)
        toast(ids.length === 1 ? errorText(errors[0]) : `${words.bulk.someFailed(errors.length)} ${errorText(errors[0])}`, true)
      if (!done || undo.size === 0) return
      const takeBack = () =>
        void eachOf([...undo.keys()], (id) => reads.change(id, undo.get(id) ?? {}).catch((error) => toast(errorText(error), true)))
      toast(done(undo.size), false, { label: words.bulk.undo, run: takeBack })
    },
    [reads, store, toast, errorText, words],
  )
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...items]
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
