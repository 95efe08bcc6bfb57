import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useStored, useWorkspace } from '../data/hooks.tsx'
import { useSpeech } from '../i18n/language.tsx'
import { connectionWord } from './connection-word.ts'

/** Said only when the feed is lost or the network is away, and shortly when it is back; work goes on meanwhile. */
export function ConnectionBar() {
  const { words, formats } = useSpeech()
  const { wake } = useWorkspace()
  const { word, since } = useConnectionWord()
  return (
    <output className="block">
      {word === 'lost' && <span className="block bg-surface2 px-4 py-2 text-center">{words.connection.lost}</span>}
      {word === 'offline' && (
        <span className="flex flex-wrap items-center justify-center gap-x-4 bg-surface2 px-4 py-1 text-center">
          {words.connection.offline(formats.time(new Date(since).toISOString()))}
          <button type="button" onClick={wake} className="target rounded-lg px-3 font-medium text-brand hover:underline">
            {words.connection.retry}
          </button>
        </span>
      )}
      {word === 'back' && <span className="block bg-brand px-4 py-1.5 text-center text-onbrand">{words.connection.back}</span>}
    </output>
  )
}

function useConnectionWord() {
  const isLost = useStored('connection', (store) => store.connection()) === 'lost'
  const isOffline = useSyncExternalStore(followNetwork, () => !navigator.onLine)
  const wasSaid = useRef(false)
  const [since, setSince] = useState(Date.now)
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    setSince(Date.now())
    setNow(Date.now())
  }, [isLost])
  const { word, nextIn } = connectionWord({ isLost, isOffline, since, wasSaid: wasSaid.current }, now)
  useEffect(() => {
    if (word === 'lost' || word === 'offline') wasSaid.current = true
    if (word === undefined && !isLost) wasSaid.current = false
    if (nextIn === undefined) return
    const timer = setTimeout(() => setNow(Date.now()), nextIn)
    return () => clearTimeout(timer)
  }, [word, nextIn, isLost])
  return { word, since }
}

function followNetwork(listener: () => void): () => void {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}
