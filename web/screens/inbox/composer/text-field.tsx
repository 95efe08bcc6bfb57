import { type KeyboardEvent, type RefObject, useEffect, useState } from 'react'
import { optionId } from './suggestions.tsx'
import type { Suggesting } from './use-suggesting.ts'

interface TextFieldProps {
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly text: string
  readonly label: string
  readonly placeholder: string
  readonly suggesting: Suggesting
  readonly onText: (text: string) => void
  /** `closes`: the conversation is to be closed then. */
  readonly onSend: (closes: boolean) => void
  /** ↑ in the empty field. */
  readonly onUp: () => void
  readonly onEscape: () => void
}

/** Enter sends, Shift+Enter makes a line, Ctrl+Shift+Enter sends and closes; where one types with a finger, Enter makes a line. */
export function TextField({ field, text, label, placeholder, suggesting, onText, onSend, onUp, onEscape }: TextFieldProps) {
  const [isTouch] = useState(() => matchMedia('(pointer: coarse)').matches)
  useEffect(() => {
    // Not before the thread is painted: it would have to be laid out for that at once, and then once more.
    const focusing = setTimeout(() => isTouch || field.current?.focus())
    return () => clearTimeout(focusing)
  }, [field, isTouch])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (suggesting.onKey(event.key)) event.preventDefault()
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || (!event.shiftKey && !isTouch))) {
      event.preventDefault()
      onSend(event.shiftKey)
    } else if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault()
      onUp()
    } else if (event.key === 'Escape') onEscape()
  }
  const { list, items, active } = suggesting
  const isOpen = items.length > 0
  return (
    <textarea
      ref={field}
      rows={1}
      dir="auto"
      aria-label={label}
      aria-autocomplete="list"
      aria-controls={isOpen ? list : undefined}
      aria-activedescendant={isOpen ? optionId(list, active) : undefined}
      placeholder={placeholder}
      value={text}
      onChange={(event) => {
        onText(event.target.value)
        suggesting.look(event.target.value, event.target.selectionStart)
      }}
      onSelect={(event) => suggesting.look(event.currentTarget.value, event.currentTarget.selectionStart)}
      onBlur={suggesting.close}
      onKeyDown={onKeyDown}
      enterKeyHint={isTouch ? 'enter' : 'send'}
      className="target field-sizing-content max-h-[calc(8lh+1rem)] min-w-0 flex-1 resize-none rounded-2xl border border-control bg-surface px-3 py-2 text-[0.9375rem] placeholder:text-muted"
    />
  )
}
