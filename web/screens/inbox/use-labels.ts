import { useState } from 'react'
import { useWorkspace } from '../../data/hooks.tsx'

/** The names of the labels that stand on the conversations known now, in order of the alphabet. */
export function useLabels(): readonly string[] {
  const { store } = useWorkspace()
  const [labels] = useState(() => [...new Set([...store.conversations()].flatMap(({ labels: names }) => names))])
  return labels.toSorted((a, b) => a.localeCompare(b))
}
