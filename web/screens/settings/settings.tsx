import { ArrowLeft, ChevronRight } from 'lucide-react'
import { type ComponentType, createElement } from 'react'
import { Link, Redirect } from 'wouter'
import type { Role } from '../../../contract/user.ts'
import { useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths, type SettingsSection } from '../../router.ts'
import { useMedia } from '../../ui/use-media.ts'
import { Account } from './account.tsx'
import { Audit } from './audit.tsx'
import { Canned } from './canned.tsx'
import { Cloud } from './cloud.tsx'
import { Keys } from './keys.tsx'
import { Labels } from './labels.tsx'
import { Numbers } from './numbers.tsx'
import { People } from './people.tsx'
import { Profile } from './profile.tsx'
import { Retention } from './retention.tsx'
import { Roads } from './roads.tsx'
import type { SectionProps } from './section.ts'
import { mySectionGroups, mySections } from './sections.ts'
import { System } from './system.tsx'

const sections: Record<SettingsSection, ComponentType<SectionProps>> = {
  numbers: Numbers,
  account: Account,
  people: People,
  labels: Labels,
  canned: Canned,
  keys: Keys,
  roads: Roads,
  cloud: Cloud,
  system: System,
  retention: Retention,
  audit: Audit,
  profile: Profile,
}

interface SettingsProps extends SectionProps {
  readonly section: string | undefined
}

/** Settings by section; an agent sees only those that are its own. Where there is no room for both, the list of sections is a page of its own. */
export function Settings({ section, onSignOut }: SettingsProps) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const isWide = useMedia('(width >= 768px)')
  const open = mySections(user.role).find((name) => name === section)
  if (!open && (isWide || section !== undefined))
    return <Redirect to={isWide ? paths.settingsSection('numbers') : paths.settings} replace />
  return (
    <div className="h-full overflow-y-auto p-4">
      <div className="mx-auto grid max-w-5xl gap-5 md:grid-cols-[12rem_minmax(0,1fr)] md:gap-8">
        {(isWide || !open) && (
          <div className="grid content-start gap-3 md:sticky md:top-0">
            <h1 className="text-xl font-semibold">{words.settings.title}</h1>
            <SectionList role={user.role} open={open} />
          </div>
        )}
        {open && (
          <div className="grid content-start gap-5">
            {isWide ? <h2 className="text-xl font-semibold">{words.settings[open]}</h2> : <PhoneTitle title={words.settings[open]} />}
            {createElement(sections[open], { onSignOut })}
          </div>
        )}
      </div>
    </div>
  )
}

/** The section's name, with the way back to the list of them. */
function PhoneTitle({ title }: { readonly title: string }) {
  const { words } = useSpeech()
  return (
    <h1 className="flex items-center gap-1 text-xl font-semibold">
      <Link to={paths.settings} aria-label={words.settings.title} className="target -ms-2 inline-grid place-items-center">
        <ArrowLeft aria-hidden className="rtl:-scale-x-100" />
      </Link>
      {title}
    </h1>
  )
}

function SectionList({ role, open }: { readonly role: Role; readonly open: SettingsSection | undefined }) {
  const { words } = useSpeech()
  return (
    <nav aria-label={words.settings.title} className="grid gap-3">
      {mySectionGroups(role).map((group) => (
        <ul
          key={group[0]}
          className="grid gap-1 border-line max-md:rounded-xl max-md:border max-md:bg-surface max-md:p-1 md:not-first:border-t md:not-first:pt-3"
        >
          {group.map((name) => (
            <li key={name}>
              <Link
                to={paths.settingsSection(name)}
                aria-current={name === open ? 'page' : undefined}
                className={`target flex items-center rounded-lg px-3 ${name === open ? 'bg-surface2 font-medium text-brand' : 'hover:bg-surface2 md:text-muted'}`}
              >
                <span className="flex-1">{words.settings[name]}</span>
                <ChevronRight aria-hidden size={18} className="text-muted rtl:-scale-x-100 md:hidden" />
              </Link>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  )
}
