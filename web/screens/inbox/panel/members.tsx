import { useCallback } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useLoaded, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { WhenLoaded } from '../../settings/card.tsx'
import { Part } from './part.tsx'

/** Who is in a group besides us. */
export function Members({ id }: { readonly id: ConversationId }) {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const load = useCallback(
    (signal: AbortSignal) => client.call('listMembers', { params: { conversation_id: id }, query: { limit: 200 }, signal }),
    [client, id],
  )
  const members = useLoaded(load)
  return (
    <Part title={words.contact.members}>
      <WhenLoaded of={members}>
        {({ items }) => (
          <ul className="grid gap-1">
            {items.map(({ contact_id, name, phone }) => (
              <li key={contact_id} className="flex items-baseline gap-2">
                <bdi className="min-w-0 flex-1 truncate">{name || phone}</bdi>
                {phone !== undefined && name !== '' && (
                  <span dir="ltr" className="shrink-0 text-sm text-muted">
                    {phone}
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </WhenLoaded>
    </Part>
  )
}
