import type { Command } from '../commands.ts'

/** What of a key press decides what it does. */
export interface KeyPress {
  readonly code: string
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

interface Where {
  /** Somebody writes: single keys are letters there. */
  readonly isInField: boolean
  /** Whether single keys may do anything at all (WCAG 2.1.4). */
  readonly single: boolean
}

/** A key as it is shown, and what it does. `mod` is Ctrl, and ⌘ on a Mac. */
export const shortcuts: readonly { readonly command: Command; readonly keys: readonly string[] }[] = [
  { command: 'palette', keys: ['mod', 'K'] },
  { command: 'search', keys: ['/'] },
  { command: 'olderHit', keys: ['F3'] },
  { command: 'newerHit', keys: ['Shift', 'F3'] },
  { command: 'newChat', keys: ['C'] },
  { command: 'next', keys: ['J'] },
  { command: 'previous', keys: ['K'] },
  { command: 'next', keys: ['Alt', '↓'] },
  { command: 'previous', keys: ['Alt', '↑'] },
  { command: 'nextUnread', keys: ['Shift', 'J'] },
  { command: 'unread', keys: ['U'] },
  { command: 'reply', keys: ['R'] },
  { command: 'note', keys: ['N'] },
  { command: 'emoji', keys: ['mod', '.'] },
  { command: 'latest', keys: ['End'] },
  { command: 'assign', keys: ['A'] },
  { command: 'take', keys: ['Shift', 'A'] },
  { command: 'label', keys: ['L'] },
  { command: 'close', keys: ['E'] },
  { command: 'sendAndClose', keys: ['mod', 'Shift', 'Enter'] },
  { command: 'snooze', keys: ['H'] },
  { command: 'panel', keys: ['I'] },
  { command: 'keys', keys: ['?'] },
]

const letters: Readonly<Partial<Record<string, Command>>> = {
  J: 'next',
  K: 'previous',
  C: 'newChat',
  U: 'unread',
  R: 'reply',
  N: 'note',
  A: 'assign',
  L: 'label',
  E: 'close',
  H: 'snooze',
  I: 'panel',
}
const shifted: Readonly<Partial<Record<string, Command>>> = { J: 'nextUnread', A: 'take' }

/**
 * The letter of a press. A Latin letter is taken as it is written on the key; of a Cyrillic or any other layout, the Latin letter that
 * stands at the same place.
 */
function letterOf({ key, code }: KeyPress): string {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase()
  return /^Key[A-Z]$/.test(code) ? code.slice(3) : ''
}

/** What a press asks for; nothing for a press that is not ours. */
export function commandOf(press: KeyPress, { isInField, single }: Where): Command | undefined {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = press
  if (ctrlKey || metaKey) {
    if (altKey || shiftKey) return undefined
    if (letterOf(press) === 'K') return 'palette'
    return code === 'Period' || key === '.' ? 'emoji' : undefined
  }
  if (altKey) {
    if (shiftKey) return undefined
    return key === 'ArrowDown' ? 'next' : key === 'ArrowUp' ? 'previous' : undefined
  }
  if (key === 'F3') return shiftKey ? 'newerHit' : 'olderHit'
  if (isInField || !single) return undefined
  if (key === '?' || (code === 'Slash' && shiftKey)) return 'keys'
  // Where / stands on a Latin keyboard, a Cyrillic one has a full stop.
  if (key === '/' || (code === 'Slash' && key === '.')) return 'search'
  if (key === 'End' && !shiftKey) return 'latest'
  return (shiftKey ? shifted : letters)[letterOf(press)]
}
