import { useEffect, useState } from 'react'
import type { Conversation, Member } from '../../../../contract/conversation.ts'
import { useWorkspace } from '../../../data/hooks.tsx'

/** Who is in a group besides us, read when they are first wanted; nobody in a chat with one person. */
export function useMembers({ id, type }: Conversation, isWanted: boolean): readonly Member[] {
  const { client } = useWorkspace()
  const [members, setMembers] = useState<readonly Member[]>([])
  const isMissing = type === 'group' && isWanted && members.length === 0
  useEffect(() => {
    if (!isMissing) return
    const leaving = new AbortController()
    const query = { limit: 200 }
    client.call('listMembers', { params: { conversation_id: id }, query, signal: leaving.signal }).then(
      ({ items }) => leaving.signal.aborted || setMembers(items),
      // Nobody is offered then; the text goes as it is typed.
      () => undefined,
    )
    return () => leaving.abort()
  }, [client, id, isMissing])
  return members
}
