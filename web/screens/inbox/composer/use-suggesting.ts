import { useId, useState } from 'react'
import type { Suggestion } from './suggestions.tsx'
import { type Trigger, triggerAt } from './suggest.ts'

/** What is offered while one types, and how the field steers it. */
export interface Suggesting {
  readonly list: string
  readonly trigger: Trigger | undefined
  readonly items: readonly Suggestion[]
  readonly active: number
  /** The text or the caret has changed. */
  readonly look: (text: string, caret: number) => void
  /** Whether the key was meant for what is offered. */
  readonly onKey: (key: string) => boolean
  readonly pick: (index: number) => void
  readonly close: () => void
}

interface Options {
  /** What answers to the word that is being typed. */
  readonly find: (trigger: Trigger) => readonly Suggestion[]
  readonly onPick: (trigger: Trigger, item: Suggestion) => void
}

/** Offers what the word before the caret asks for; the arrows choose, Enter and Tab take, Escape declines. */
export function useSuggesting({ find, onPick }: Options): Suggesting {
  const list = useId()
  const [trigger, setTrigger] = useState<Trigger>()
  const [declined, setDeclined] = useState<number>()
  const [index, setIndex] = useState(0)
  const isOn = trigger !== undefined && trigger.start !== declined
  const items = isOn ? find(trigger) : []
  const active = Math.min(index, Math.max(0, items.length - 1))
  const close = () => setTrigger(undefined)
  const pick = (at: number) => {
    const item = items[at]
    if (!trigger || !item) return
    onPick(trigger, item)
    close()
  }
  const keys: Record<string, () => void> = {
    ArrowDown: () => setIndex((active + 1) % items.length),
    ArrowUp: () => setIndex((active + items.length - 1) % items.length),
    Enter: () => pick(active),
    Tab: () => pick(active),
    Escape: () => setDeclined(trigger?.start),
  }
  return {
    list,
    trigger,
    items,
    active,
    look: (text, caret) => {
      const next = triggerAt(text, caret)
      setTrigger(next)
      if (next?.start !== trigger?.start) setDeclined(undefined)
      if (next?.query !== trigger?.query) setIndex(0)
    },
    onKey: (key) => {
      const act = items.length > 0 ? keys[key] : undefined
      act?.()
      return act !== undefined
    },
    pick,
    close,
  }
}
