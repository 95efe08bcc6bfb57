import { useMemo } from 'react'
import { en } from './en-late.ts'
import { type Language, useSpeech } from './language.tsx'
import { type LateWords, uk } from './uk-late.ts'

const late: Record<Language, LateWords> = { uk, en }

/** As `useSpeech`, for the screens that are not loaded with the page: it has their words besides. */
export function useLateSpeech() {
  const speech = useSpeech()
  return useMemo(() => ({ ...speech, words: { ...speech.words, ...late[speech.language] } }), [speech])
}
