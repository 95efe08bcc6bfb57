import type { ComponentType } from 'react'
import { Link, Redirect } from 'wouter'
import { useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths, type SettingsSection } from '../../router.ts'
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
import { mySections } from './sections.ts'
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

/** Settings by section; an agent sees only those that are its own. */
export function Settings({ section, onSignOut }: SettingsProps) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const mine = mySections(user.role)
  const open = mine.find((name) => name === section)
  if (!open) return <Redirect to={paths.settingsSection('numbers')} replace />
  const Section = sections[open]
  return (
    <div className="h-full overflow-y-auto p-4">
      <div className="mx-auto grid max-w-3xl gap-5">
        <h1 className="text-xl font-semibold">{words.settings.title}</h1>
        <nav aria-label={words.settings.title} className="flex flex-wrap gap-1 border-b border-line pb-2">
          {mine.map((name) => (
            <Link
              key={name}
              to={paths.settingsSection(name)}
              aria-current={name === open ? 'page' : undefined}
              className={`target inline-flex items-center rounded-lg px-3 ${name === open ? 'bg-surface2 font-medium text-brand' : 'text-muted'}`}
            >
              {words.settings[name]}
            </Link>
          ))}
        </nav>
        <Section onSignOut={onSignOut} />
      </div>
    </div>
  )
}
