import { CornerDownLeft, Languages, type LucideIcon, MessageCircle, Palette as Brush, Settings } from 'lucide-react'
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { canTell, type Command, tell } from '../../commands.ts'
import { findPeople } from '../../data/find-people.ts'
import { useWorkspace } from '../../data/hooks.tsx'
import { listViews } from '../../data/list-filter.ts'
import { setPreferences } from '../../frame/use-preferences.ts'
import { type Language, languages, useSpeech } from '../../i18n/language.tsx'
import { en } from '../../i18n/en.ts'
import { uk, type Words } from '../../i18n/uk.ts'
import { paths, placeAddress } from '../../router.ts'
import { Picker } from '../../ui/picker.tsx'
import { SmallAvatar } from '../../ui/small-avatar.tsx'
import { nameOf } from '../inbox/name-of.ts'
import { mySections } from '../settings/sections.ts'
import { type Entry, offered, parseRecent, remembered } from './entries.ts'

interface Deed extends Entry {
  readonly icon: ReactNode
  readonly run: () => void
}

const STORED_AS = 'mistok.palette'
const MOST_PEOPLE = 8
const onConversation: readonly Command[] = [
  'take',
  'assign',
  'label',
  'close',
  'snooze',
  'reply',
  'note',
  'panel',
  'latest',
  'olderHit',
  'newerHit',
]
const everywhere: readonly Command[] = ['newChat', 'search', 'nextUnread', 'unread', 'keys']

/** Everything that can be done or gone to, found by a few letters of either language. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const { words } = useSpeech()
  const dialog = useRef<HTMLDialogElement>(null)
  const [query, setQuery] = useState('')
  const [recent] = useState(() => parseRecent(localStorage.getItem(STORED_AS)))
  // Closed while it still stands in the page, or the focus would not go back to where it came from.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  const deeds = useDeeds(query)
  const options = offered(deeds, query, recent, words.palette.recent)
  const pick = (id: string) => {
    onClose()
    localStorage.setItem(STORED_AS, JSON.stringify(remembered(recent, id)))
    // After the palette has gone, so that the focus goes where the deed puts it.
    setTimeout(() => deeds.find((deed) => deed.id === id)?.run())
  }
  return (
    <dialog
      ref={dialog}
      aria-label={words.palette.title}
      closedby="any"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      className="mx-auto mb-auto mt-[12dvh] w-[min(600px,94vw)] rounded-xl bg-surface text-fg shadow-2xl max-sm:mt-2"
    >
      <div className="flex max-h-[min(460px,76dvh)] flex-col">
        <Picker
          label={words.palette.title}
          placeholder={words.palette.placeholder}
          query={query}
          onQuery={setQuery}
          options={options}
          onPick={pick}
          empty={words.palette.nothing}
        />
        <p className="border-t border-line px-4 py-2 text-xs text-muted pointer-coarse:hidden">{words.palette.hint}</p>
      </div>
    </dialog>
  )
}

/** The same word in every language, for finding it. */
function inAll(pick: (words: Words) => string): string {
  return [uk, en].map(pick).join(' ')
}

function useDeeds(query: string): readonly Deed[] {
  const { words, setLanguage } = useSpeech()
  const { store, user } = useWorkspace()
  const [, navigate] = useLocation()
  const icon = (Icon: LucideIcon) => <Icon aria-hidden size={18} className="shrink-0 text-muted" />
  const command = (name: Command, group: string): Deed => ({
    id: `do ${name}`,
    label: words.commands[name],
    group,
    text: inAll((all) => all.commands[name]),
    icon: icon(CornerDownLeft),
    run: () => tell(name),
  })
  const people = findPeople(store.conversations(), query, MOST_PEOPLE).flatMap((id) => store.conversation(id) ?? [])
  return [
    ...onConversation.filter(canTell).map((name) => command(name, words.palette.conversation)),
    ...everywhere.filter(canTell).map((name) => command(name, words.palette.everywhere)),
    ...people.map((one) => ({
      id: one.id,
      label: nameOf(one),
      group: words.palette.people,
      // Found already, by more than the name.
      text: `${nameOf(one)} ${query}`,
      icon: <SmallAvatar name={nameOf(one)} label="" />,
      run: () => navigate(placeAddress({ id: one.id })),
    })),
    ...listViews.map((view) => ({
      id: `view ${view}`,
      label: words.inbox.viewTitles[view],
      group: words.palette.views,
      text: inAll((all) => `${all.inbox.viewTitles[view]} ${all.nav.inbox}`),
      icon: icon(MessageCircle),
      run: () => navigate(placeAddress({ view })),
    })),
    ...mySections(user.role).map((section) => ({
      id: `settings ${section}`,
      label: words.settings[section],
      group: words.palette.settings,
      text: inAll((all) => `${all.settings[section]} ${all.settings.title}`),
      icon: icon(Settings),
      run: () => navigate(paths.settingsSection(section)),
    })),
    ...(['auto', 'light', 'dark'] as const).map((theme) => ({
      id: `theme ${theme}`,
      label: words.look.themeEntries[theme],
      group: words.palette.look,
      text: inAll((all) => all.look.themeEntries[theme]),
      icon: icon(Brush),
      run: () => setPreferences({ theme }),
    })),
    ...(Object.keys(languages) as Language[]).map((language) => ({
      id: `language ${language}`,
      label: languages[language].name,
      group: words.palette.look,
      text: `${languages[language].name} ${inAll((all) => all.common.language)}`,
      icon: icon(Languages),
      run: () => setLanguage(language),
    })),
  ]
}
