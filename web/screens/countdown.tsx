import { useNow } from '../data/hooks.tsx'
import { useSpeech } from '../i18n/language.tsx'

/** How long one has to wait, in seconds that run down; nothing when it is over. `until` is in milliseconds since the epoch. */
export function Countdown({ until }: { readonly until: number }) {
  const { words } = useSpeech()
  const left = Math.ceil((until - useNow(1_000)) / 1_000)
  return left > 0 ? <p>{words.common.waitFor(left)}</p> : null
}
