import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { ConversationId, MessageId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'

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
  readonly id: ConversationId
  /** The message that the page's address names. */
  readonly sought: MessageId | undefined
  readonly capabilities: Capabilities | undefined
  readonly children: ReactNode
}

/** Joins the messages of a conversation and its composer. */
export function ComposingScope({ id, sought, capabilities, children }: ScopeProps) {
  const [answering, answer] = useAnswering(id)
  const [editing, edit] = useState<MessageId>()
  const [wish, setWish] = useState<Wish>()
  const [jump, setJump] = useState<Jump | undefined>(sought && { message: sought })
  useEffect(() => {
    if (sought) setJump((now) => (now?.message === sought ? now : { message: sought }))
  }, [sought])
  const value = useMemo(
    () => ({
      composing: composingOf(editing, answering),
      begin: ({ mode, message }: Composing) => (mode === 'edit' ? edit(message) : answer(message)),
      // An answer that was begun before an edit goes on after it.
      end: () => (editing ? edit(undefined) : answer(undefined)),
      capabilities,
      wish,
      setWish,
      jump,
      jumpTo: (message: MessageId) => setJump({ message }),
    }),
    // What changes the answer does so for the conversation, whose scope this is as long as it stands.
    // oxlint-disable-next-line react/exhaustive-deps
    [editing, answering, capabilities, wish, jump],
  )
  return <ComposingContext value={value}>{children}</ComposingContext>
}

/** What is answered is a part of the draft: it is there again after a reload, and on another machine, as the words of the answer are. */
function useAnswering(id: ConversationId): readonly [MessageId | undefined, (message: MessageId | undefined) => void] {
  const { drafts } = useWorkspace()
  const [answering, setAnswering] = useState(() => drafts.replyTo(id))
  useEffect(() => drafts.subscribe((of) => of === id && setAnswering(drafts.replyTo(id))), [drafts, id])
  const answer = (message: MessageId | undefined) => {
    setAnswering(message)
    drafts.setReplyTo(id, message)
  }
  return [answering, answer]
}

function composingOf(editing: MessageId | undefined, answering: MessageId | undefined): Composing | undefined {
  if (editing) return { mode: 'edit', message: editing }
  return answering && { mode: 'reply', message: answering }
}

export function useComposing(): Value {
  return useContext(ComposingContext)
}
