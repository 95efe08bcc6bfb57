import { en } from './en-thread-late.ts'
import { type Language, useSpeech } from './language.tsx'
import { type ThreadLateWords, uk } from './uk-thread-late.ts'

const late: Record<Language, ThreadLateWords> = { uk, en }

/** The words of the parts of a conversation that are fetched when they are wanted. */
export function useThreadLateWords(): ThreadLateWords {
  return late[useSpeech().language]
}
