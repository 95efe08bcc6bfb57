import { useState } from 'react'
import { useStored, useWorkspace } from '../../data/hooks.tsx'

/** The names of the labels that are defined or stand on the conversations known now, in order of the alphabet. */
export function useLabels(): readonly string[] {
  const { store } = useWorkspace()
  const defined = useStored('labels', () => store.labels())
  const [used] = useState(() => [...store.conversations()].flatMap(({ labels }) => labels))
  return [...new Set([...defined.map(({ name }) => name), ...used])].toSorted((a, b) => a.localeCompare(b))
}
