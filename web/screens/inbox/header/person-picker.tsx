import { UserRound, UserRoundX } from 'lucide-react'
import { useState } from 'react'
import type { UserId } from '../../../../contract/ids.ts'
import { hasWords } from '../../../data/fold.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Picker } from '../../../ui/picker.tsx'
import { SmallAvatar } from '../../../ui/small-avatar.tsx'

/** What a choice of a person is given. */
export interface PersonPickerProps {
  readonly chosen: UserId | undefined
  /** `null` when nobody is to have it. */
  readonly onPick: (id: UserId | null) => void
  /** For looking at somebody's conversations: oneself by name, and anybody instead of nobody. */
  readonly isFilter?: boolean
}

const NOBODY = 'nobody'

/** Who is to answer: oneself first, then the colleagues, then nobody. */
export function PersonPicker({ chosen, onPick, isFilter = false }: PersonPickerProps) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const [query, setQuery] = useState('')
  const users = useStored('users', (store) => store.users())
  const others = users.filter(({ id, active }) => active && id !== user.id).toSorted((a, b) => a.name.localeCompare(b.name))
  const none = isFilter ? words.inbox.anyAssignee : words.header.nobody
  const options = [
    {
      id: user.id as string,
      label: isFilter ? words.header.you : words.header.take,
      text: `${words.header.take} ${user.name}`,
      icon: <UserRound aria-hidden size={18} />,
    },
    ...others.map(({ id, name, email }) => ({
      id: id as string,
      label: name,
      text: `${name} ${email}`,
      icon: <SmallAvatar name={name} label="" />,
    })),
    { id: NOBODY, label: none, text: none, icon: <UserRoundX aria-hidden size={18} /> },
  ]
  return (
    <Picker
      label={words.header.assign}
      placeholder={words.header.findPerson}
      query={query}
      onQuery={setQuery}
      options={options
        .filter(({ text }) => hasWords(text, query))
        .map(({ id, label, icon }) => ({ id, label, icon, checked: id === (chosen ?? NOBODY) }))}
      onPick={(id) => onPick(id === NOBODY ? null : (id as UserId))}
      empty={words.header.noPerson}
    />
  )
}
