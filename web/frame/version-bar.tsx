import { useEffect, useRef, useState } from 'react'
import { useStored } from '../data/hooks.tsx'
import { useSpeech } from '../i18n/language.tsx'

/** How often it is looked for, in milliseconds. */
const EVERY_MS = 15 * 60_000

/** The names of the built scripts in a page: another build has other names. */
export function buildOf(html: string): string | undefined {
  return /\/assets\/index-[\w-]+\.js/.exec(html)?.[0]
}

/** Says that the server has a newer page, and leaves it to the person when to take it. */
export function VersionBar() {
  const { words } = useSpeech()
  const connection = useStored('connection', (store) => store.connection())
  const [isNew, setNew] = useState(false)
  const hasBeenLive = useRef(false)
  useEffect(() => {
    if (connection !== 'live' || isNew) return
    const look = async () => {
      const own = buildOf(document.head.innerHTML)
      if (own === undefined || document.hidden) return
      const answer = await fetch('/', { headers: { accept: 'text/html' }, cache: 'no-cache' })
      const there = answer.ok ? buildOf(await answer.text()) : undefined
      if (there !== undefined && there !== own) setNew(true)
    }
    // A look that fails is made again later.
    const timer = setInterval(() => void look().catch(() => undefined), EVERY_MS)
    // A page that has just come is new; another build comes with a server that was started anew.
    if (hasBeenLive.current) void look().catch(() => undefined)
    hasBeenLive.current = true
    return () => clearInterval(timer)
  }, [connection, isNew])
  if (!isNew) return null
  return (
    <output className="flex flex-wrap items-center justify-center gap-x-4 bg-brand px-4 text-onbrand">
      {words.version.text}
      <button type="button" onClick={() => location.reload()} className="target rounded-lg px-3 font-semibold underline">
        {words.version.reload}
      </button>
    </output>
  )
}
