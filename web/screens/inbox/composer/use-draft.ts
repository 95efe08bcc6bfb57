import { type RefObject, useEffect, useState } from 'react'
import type { DraftMode } from '../../../../contract/draft.ts'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { replaced } from './suggest.ts'

interface Options {
  readonly id: ConversationId
  readonly mode: DraftMode
  readonly field: RefObject<HTMLTextAreaElement | null>
  /** Hears whether anything is written, at each change. */
  readonly onText: (hasText: boolean) => void
}

/**
 * The text that is being written, kept at once; what another machine has written comes in. `put` puts a piece in and the caret behind it, or
 * chooses what is to be filled in there.
 */
export function useDraft({ id, mode, field, onText }: Options) {
  const { drafts } = useWorkspace()
  const [text, setText] = useState(() => drafts.get(id, mode))
  useEffect(() => drafts.subscribe((of, how) => of === id && how === mode && setText(drafts.get(id, mode))), [drafts, id, mode])
  const write = (next: string) => {
    setText(next)
    drafts.set(id, next, mode)
    onText(next !== '')
  }
  const put = (from: number, to: number, piece: string) => {
    const next = replaced(text, from, to, piece)
    write(next.text)
    const blank = /\{\{[^{}]*\}\}/.exec(piece)
    const [start, end] = blank ? [from + blank.index, from + blank.index + blank[0].length] : [next.caret, next.caret]
    requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(start, end)
    })
  }
  return { text, write, put }
}
