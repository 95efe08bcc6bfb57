import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { createFormats, type Formats } from './formats.ts'
import { uk, type Words } from './uk.ts'

/** Ukrainian comes with the page; the words of another language are fetched when it is chosen. */
export const languages = {
  uk: { name: 'Українська', load: () => Promise.resolve(uk) },
  en: { name: 'English', load: () => import('./en.ts').then((part) => part.en) },
} as const satisfies Record<string, { readonly name: string; readonly load: () => Promise<Words> }>
export type Language = keyof typeof languages

interface Speech {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
  readonly words: Words
  readonly formats: Formats
}

const SpeechContext = createContext<Speech | undefined>(undefined)
const STORED_AS = 'mistok.language'

/** The words of the language in use, how it writes times and sizes, and how to change it. */
export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('There is no language outside LanguageProvider')
  return speech
}

/** The person's choice, else the first of the browser's languages that we have, else Ukrainian. */
export function chooseLanguage(stored: string | null, wanted: readonly string[]): Language {
  const known = [stored ?? '', ...wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '')].find((tag) => tag in languages)
  return (known as Language | undefined) ?? 'uk'
}

/** A language with its words, ready to be used. */
export interface Loaded {
  readonly language: Language
  readonly words: Words
}

/** The language to begin with. Where its words cannot be fetched, it is Ukrainian. */
export async function loadLanguage(): Promise<Loaded> {
  const language = chooseLanguage(localStorage.getItem(STORED_AS), navigator.languages)
  return languages[language].load().then(
    (words) => ({ language, words }),
    () => ({ language: 'uk', words: uk }),
  )
}

export function LanguageProvider({ first, children }: { readonly first: Loaded; readonly children: ReactNode }) {
  const [{ language, words }, setLoaded] = useState(first)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speech = useMemo(
    () => ({
      language,
      setLanguage: (next: Language) => {
        localStorage.setItem(STORED_AS, next)
        // Without an answer the page stays as it is, and begins in the chosen language the next time.
        void languages[next].load().then(
          (loaded) => setLoaded({ language: next, words: loaded }),
          () => undefined,
        )
      },
      words,
      formats: createFormats(language),
    }),
    [language, words],
  )
  return <SpeechContext value={speech}>{children}</SpeechContext>
}
