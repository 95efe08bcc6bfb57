import { Plus } from 'lucide-react'
import { useState } from 'react'
import { fold, hasWords } from '../../../data/fold.ts'
import { useStored } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Picker } from '../../../ui/picker.tsx'
import { colourOf, labelDots } from '../label-colour.ts'
import { useLabels } from '../use-labels.ts'

/** What a choice of labels is given. */
export interface LabelPickerProps {
  readonly chosen: readonly string[]
  /** The label is put on, or taken off where it is on. */
  readonly onToggle: (name: string) => void
  /** Only those that there are, none is made. */
  readonly isFixed?: boolean
}

/** As long as the server takes. */
const LONGEST = 40
const NEW = 'new:'

/** The labels that there are, to put on and take off; words that name none make a new one. */
export function LabelPicker({ chosen, onToggle, isFixed = false }: LabelPickerProps) {
  const { words } = useSpeech()
  const [query, setQuery] = useState('')
  const known = useLabels()
  const defined = useStored('labels', (store) => store.labels())
  const name = query.trim().slice(0, LONGEST)
  const found = known.filter((label) => hasWords(label, query))
  const isNew = !isFixed && name !== '' && !known.some((label) => fold(label) === fold(name))
  return (
    <Picker
      label={words.header.labels}
      placeholder={words.header.findLabel}
      query={query}
      onQuery={setQuery}
      options={[
        ...found.map((label) => ({
          id: label,
          label,
          icon: <span aria-hidden className={`size-3 shrink-0 rounded-full ${labelDots[colourOf(label, defined)]}`} />,
          checked: chosen.includes(label),
        })),
        ...(isNew ? [{ id: `${NEW}${name}`, label: words.header.newLabel(name), icon: <Plus aria-hidden size={16} /> }] : []),
      ]}
      onPick={(id) => {
        onToggle(id.startsWith(NEW) ? id.slice(NEW.length) : id)
        setQuery('')
      }}
      empty={words.header.noLabels}
    />
  )
}
