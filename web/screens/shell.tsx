import { Activity, Link as LinkIcon, type LucideIcon, MessageCircle, Settings } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import { useCommand } from '../commands.ts'
import { useWorkspace } from '../data/hooks.tsx'
import { ConnectionBar } from '../frame/connection-bar.tsx'
import { useNotifications } from '../frame/use-notifications.ts'
import { useShortcuts } from '../frame/use-shortcuts.ts'
import { useTitle } from '../frame/use-title.ts'
import { VersionBar } from '../frame/version-bar.tsx'
import { useSpeech } from '../i18n/language.tsx'
import { parsePlace, paths, patterns } from '../router.ts'
import { NoticeBar } from './notice-bar.tsx'
import { ThemeSwitch } from './theme-switch.tsx'
import { onDemand } from '../ui/on-demand.tsx'

const Palette = onDemand(() => import('./palette/palette.tsx').then((file) => file.Palette))
const KeyList = onDemand(() => import('./palette/key-list.tsx').then((file) => file.KeyList))

/** What stands around every screen: where one can go, whether the connection lives, and the keys. On a phone a thread has it all. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const [, inbox] = useRoute(patterns.inbox)
  const isThread = inbox ? parsePlace(inbox, '').id !== undefined : false
  const unread = useTitle()
  useShortcuts()
  useNotifications()
  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)_auto] sm:grid-cols-[auto_minmax(0,1fr)] sm:grid-rows-[auto_minmax(0,1fr)]">
      <div className="sm:col-span-2">
        <ConnectionBar />
        <VersionBar />
        <NoticeBar />
      </div>
      <nav
        aria-label={words.nav.label}
        className={`order-3 flex justify-around border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:order-none sm:w-16 sm:flex-col sm:items-center sm:justify-start sm:gap-1 sm:border-e sm:border-t-0 sm:py-3 ${isThread ? 'max-sm:hidden' : ''}`}
      >
        <Entry to={paths.inbox} label={words.nav.inbox} icon={MessageCircle} hasNews={unread > 0} />
        <Entry to={paths.connect} label={words.nav.connect} icon={LinkIcon} />
        {user.role === 'admin' && <Entry to={paths.ops} label={words.nav.health} icon={Activity} />}
        <Entry to={paths.settings} label={words.nav.settings} icon={Settings} />
        <ThemeSwitch className="max-sm:hidden sm:mt-auto sm:size-11" />
      </nav>
      <main className="min-h-0 min-w-0 overflow-hidden">{children}</main>
      <Layers />
    </div>
  )
}

interface EntryProps {
  readonly to: string
  readonly label: string
  readonly icon: LucideIcon
  readonly hasNews?: boolean
}

function Entry({ to, label, icon: Icon, hasNews = false }: EntryProps) {
  const [location] = useLocation()
  const isHere = location === to || location.startsWith(`${to}/`)
  return (
    <Link
      to={to}
      title={label}
      aria-current={isHere ? 'page' : undefined}
      className={`target relative flex flex-col items-center justify-center rounded-lg px-2 py-1 text-xs sm:size-11 ${isHere ? 'bg-surface2 text-brand' : 'text-muted hover:bg-surface2'}`}
    >
      <Icon aria-hidden size={22} />
      {hasNews && <span aria-hidden className="absolute end-2 top-1.5 size-2 rounded-full bg-danger" />}
      <span className="sm:sr-only">{label}</span>
    </Link>
  )
}

/** What opens over any screen by a key. */
function Layers() {
  const [open, setOpen] = useState<'palette' | 'keys'>()
  const close = () => setOpen(undefined)
  useCommand('palette', () => setOpen('palette'))
  useCommand('keys', () => setOpen('keys'))
  if (open === 'palette') return <Palette onClose={close} />
  return open === 'keys' ? <KeyList onClose={close} /> : null
}

/** Loads what opens by a key before it is wanted. */
export function prefetchLayers(): void {
  Palette.prefetch()
  KeyList.prefetch()
}
