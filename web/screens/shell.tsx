import { Link as LinkIcon, type LucideIcon, MessageCircle, Settings } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import { useStored } from '../data/hooks.tsx'
import { useSpeech } from '../i18n/language.tsx'
import { parsePlace, paths, patterns } from '../router.ts'
import { NoticeBar } from './notice-bar.tsx'

/** What stands around every screen: where one can go, and whether the connection lives. On a phone a thread has it all. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { words } = useSpeech()
  const [, inbox] = useRoute(patterns.inbox)
  const isThread = inbox ? parsePlace(inbox, '').id !== undefined : false
  return (
    <div className="grid h-full grid-rows-[auto_1fr_auto] sm:grid-cols-[auto_1fr] sm:grid-rows-[auto_1fr]">
      <div className="sm:col-span-2">
        <ConnectionBar />
        <NoticeBar />
      </div>
      <nav
        aria-label={words.nav.label}
        className={`order-3 flex justify-around border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:order-none sm:flex sm:flex-col sm:justify-start sm:gap-1 sm:border-e sm:border-t-0 sm:p-2 ${isThread ? 'max-sm:hidden' : ''}`}
      >
        <Entry to={paths.inbox} label={words.nav.inbox} icon={MessageCircle} />
        <Entry to={paths.connect} label={words.nav.connect} icon={LinkIcon} />
        <Entry to={paths.settings} label={words.nav.settings} icon={Settings} />
      </nav>
      <main className="min-h-0 min-w-0 overflow-hidden">{children}</main>
    </div>
  )
}

function Entry({ to, label, icon: Icon }: { readonly to: string; readonly label: string; readonly icon: LucideIcon }) {
  const [location] = useLocation()
  const isHere = location === to || location.startsWith(`${to}/`)
  return (
    <Link
      to={to}
      aria-current={isHere ? 'page' : undefined}
      className={`target flex flex-col items-center justify-center rounded-lg px-2 py-1 text-xs ${isHere ? 'bg-surface2 text-brand' : 'text-muted'}`}
    >
      <Icon aria-hidden size={20} />
      {label}
    </Link>
  )
}

/** A shorter loss of the connection is not worth a word, in milliseconds. */
const LOST_MS = 2_000

/** Said only when the feed is lost; work goes on meanwhile. */
function ConnectionBar() {
  const { words } = useSpeech()
  const isLost = useStored('connection', (store) => store.connection()) === 'lost'
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    if (!isLost) return
    const timer = setTimeout(() => setLong(true), LOST_MS)
    return () => {
      clearTimeout(timer)
      setLong(false)
    }
  }, [isLost])
  return (
    <output className="block">
      {isLost && isLong && <span className="block bg-surface2 px-4 py-2 text-center">{words.connection.lost}</span>}
    </output>
  )
}
