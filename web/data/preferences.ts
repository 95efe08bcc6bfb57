/** What a person has chosen for this browser. */
export interface Preferences {
  readonly theme: 'auto' | 'light' | 'dark'
  readonly size: 'compact' | 'cosy' | 'large'
  /** Whether the panel of the contact stands beside the conversation. */
  readonly panel: boolean
  /** Single letters as keys (WCAG 2.1.4). */
  readonly keys: boolean
  readonly notify: 'off' | 'mine' | 'all'
  /** Whether a notification shows what was written. */
  readonly preview: boolean
  readonly sound: boolean
}

const choices = { theme: ['auto', 'light', 'dark'], size: ['compact', 'cosy', 'large'], notify: ['off', 'mine', 'all'] } as const

export const defaultPreferences: Preferences = {
  theme: 'auto',
  size: 'cosy',
  panel: false,
  keys: true,
  notify: 'off',
  preview: true,
  sound: false,
}

/** Reads what was stored; what is missing or unknown has its default. */
export function parsePreferences(text: string | null): Preferences {
  const stored = objectIn(text)
  const pick = <Name extends keyof Preferences>(name: Name): Preferences[Name] => {
    const value = stored[name]
    const known: readonly unknown[] = name in choices ? choices[name as keyof typeof choices] : [true, false]
    return known.includes(value) ? (value as Preferences[Name]) : defaultPreferences[name]
  }
  return {
    theme: pick('theme'),
    size: pick('size'),
    panel: pick('panel'),
    keys: pick('keys'),
    notify: pick('notify'),
    preview: pick('preview'),
    sound: pick('sound'),
  }
}

function objectIn(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
