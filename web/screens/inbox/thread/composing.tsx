import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { MessageId } from '../../../../contract/ids.ts'

/** The message that the composer is about: the one that is answered, or the one that is edited. */
export interface Composing {
  readonly mode: 'reply' | 'edit'
  readonly message: MessageId
}

/** A wish of a message for the composer, fulfilled once: to open its templates, or its file dialog. */
export interface Wish {
  readonly kind: 'templates' | 'file'
}

/** A message that the thread is to show, wherever it stands. A new object is a new wish. */
export interface Jump {
  readonly message: MessageId
}

interface Value {
  readonly composing: Composing | undefined
  readonly begin: (composing: Composing) => void
  readonly end: () => void
  /** What may be done in this conversation, once it is known. */
  readonly capabilities: Capabilities | undefined
  readonly wish: Wish | undefined
  readonly setWish: (wish: Wish | undefined) => void
  readonly jump: Jump | undefined
  readonly jumpTo: (message: MessageId) => void
}

const nothing = () => undefined
const ComposingContext = createContext<Value>({
  composing: undefined,
  begin: nothing,
  end: nothing,
  capabilities: undefined,
  wish: undefined,
  setWish: nothing,
  jump: undefined,
  jumpTo: nothing,
})

interface ScopeProps {
  /** The message that the page's address names. */
  readonly sought: MessageId | undefined
  readonly capabilities: Capabilities | undefined
  readonly children: ReactNode
}

/** Joins the messages of a conversation and its composer. */
export function ComposingScope({ sought, capabilities, children }: ScopeProps) {
  const [composing, begin] = useState<Composing>()
  const [wish, setWish] = useState<Wish>()
  const [jump, setJump] = useState<Jump | undefined>(sought && { message: sought })
  useEffect(() => {
    if (sought) setJump((now) => (now?.message === sought ? now : { message: sought }))
  }, [sought])
  const value = useMemo(
    () => ({
      composing,
      begin,
      end: () => begin(undefined),
      capabilities,
      wish,
      setWish,
      jump,
      jumpTo: (message: MessageId) => setJump({ message }),
    }),
    [composing, capabilities, wish, jump],
  )
  return <ComposingContext value={value}>{children}</ComposingContext>
}

export function useComposing(): Value {
  return useContext(ComposingContext)
}
