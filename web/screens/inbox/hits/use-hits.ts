import { useCallback } from 'react'
import type { ConversationId, MessageId } from '../../../../contract/ids.ts'
import { type Loaded, useLoaded, useWorkspace } from '../../../data/hooks.tsx'

/** More than these nobody goes through one by one. */
const MOST = 300

interface Hits {
  readonly ids: readonly MessageId[]
  /** There are more. */
  readonly hasMore: boolean
}

/** The messages of a conversation that a search finds, the latest first. */
export function useHits(id: ConversationId, q: string): Loaded<Hits> {
  const { reads } = useWorkspace()
  return useLoaded(
    useCallback(
      async (signal) => {
        const ids: MessageId[] = []
        let cursor: string | undefined
        do {
          const page = await reads.findMessages(q, cursor, signal, id)
          ids.push(...page.hits.map(({ message }) => message.id))
          ;({ cursor } = page)
        } while (cursor !== undefined && ids.length < MOST)
        return { ids, hasMore: cursor !== undefined }
      },
      [reads, id, q],
    ),
  )
}
