import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import type { MessageId } from '../../../../contract/ids.ts'

/** The message that the composer is about: the one that is answered, or the one that is edited. */
export interface Composing {
  readonly mode: 'reply' | 'edit'
  readonly message: MessageId
}

interface Value {
  readonly composing: Composing | undefined
  readonly begin: (composing: Composing) => void
  readonly end: () => void
}

const ComposingContext = createContext<Value>({ composing: undefined, begin: () => undefined, end: () => undefined })

/** Joins the messages of a conversation and its composer. */
export function ComposingScope({ children }: { readonly children: ReactNode }) {
  const [composing, begin] = useState<Composing>()
  const value = useMemo(() => ({ composing, begin, end: () => begin(undefined) }), [composing])
  return <ComposingContext value={value}>{children}</ComposingContext>
}

export function useComposing(): Value {
  return useContext(ComposingContext)
}
