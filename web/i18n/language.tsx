import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { en } from './en.ts'
import { createFormats, type Formats } from './formats.ts'
import { uk, type Words } from './uk.ts'

export const languages = { uk: { name: 'Українська', words: uk }, en: { name: 'English', words: en } } as const
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

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(() => chooseLanguage(localStorage.getItem(STORED_AS), navigator.languages))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speech = useMemo(
    () => ({
      language,
      setLanguage: (next: Language) => {
        localStorage.setItem(STORED_AS, next)
        setLanguage(next)
      },
      words: languages[language].words,
      formats: createFormats(language),
    }),
    [language],
  )
  return <SpeechContext value={speech}>{children}</SpeechContext>
}
