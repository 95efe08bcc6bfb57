import type { ReactNode } from 'react'
import type { LabelColour } from '../../../contract/label.ts'
import { useStored } from '../../data/hooks.tsx'
import { colourOf, labelDots } from './label-colour.ts'

interface LabelChipProps {
  readonly name: string
  /** Of its own, or else that of the label that is defined under this name. */
  readonly colour?: LabelColour
  /** With a frame of its own, or only a dot and the words. */
  readonly look?: 'framed' | 'dot'
  /** A button that takes it off. */
  readonly children?: ReactNode
}

/** A label: its colour beside its words, never the colour alone. */
export function LabelChip({ name, colour, look = 'framed', children }: LabelChipProps) {
  const defined = useStored('labels', (store) => store.labels())
  const frame = look === 'framed' ? 'rounded-full border border-line bg-surface ps-2.5 pe-2.5 py-0.5 text-xs text-fg' : ''
  return (
    <span className={`inline-flex min-w-0 items-center gap-1.5 ${frame}`}>
      <span aria-hidden className={`size-2 shrink-0 rounded-full ${labelDots[colour ?? colourOf(name, defined)]}`} />
      <bdi className="truncate">{name}</bdi>
      {children}
    </span>
  )
}
