import { useWorkspace } from '../../data/hooks.tsx'
import { usePreferences } from '../../frame/use-preferences.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Choice, Choices } from '../../ui/field.tsx'
import { LanguageSelect } from '../language-select.tsx'
import { useAction } from '../use-action.ts'
import { Notifications } from './notifications.tsx'
import type { SectionProps } from './section.ts'
import { Sessions } from './sessions.tsx'

const themes = ['auto', 'light', 'dark'] as const
const sizes = ['compact', 'cosy', 'large'] as const

/** The person's own: who they are, how the page looks, what it tells, the way out. */
export function Profile({ onSignOut }: SectionProps) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const [chosen, choose] = usePreferences()
  const signOut = useAction(onSignOut)
  return (
    <div className="grid max-w-xl gap-6">
      <div className="flex flex-wrap items-center gap-4">
        <div className="min-w-0 flex-1">
          <p className="font-semibold">
            <bdi>{user.name}</bdi>
          </p>
          <p className="text-muted">
            {user.email} · {words.roles[user.role]}
          </p>
        </div>
        <Button busy={signOut.busy} onClick={() => signOut.run()}>
          {words.nav.signOut}
        </Button>
      </div>
      {signOut.error && <p role="alert">{signOut.error}</p>}
      <section aria-labelledby="look" className="grid gap-4 rounded-xl border border-line bg-surface p-4">
        <h2 id="look" className="font-semibold">
          {words.look.title}
        </h2>
        <Choices label={words.look.theme}>
          {themes.map((theme) => (
            <Choice
              key={theme}
              type="radio"
              name="theme"
              label={words.look.themes[theme]}
              checked={chosen.theme === theme}
              onChange={() => choose({ theme })}
            />
          ))}
        </Choices>
        <Choices label={words.look.size}>
          {sizes.map((size) => (
            <Choice
              key={size}
              type="radio"
              name="size"
              label={words.look.sizes[size]}
              checked={chosen.size === size}
              onChange={() => choose({ size })}
            />
          ))}
        </Choices>
        <LanguageSelect />
        <Choice label={words.keyList.single} checked={chosen.keys} onChange={(event) => choose({ keys: event.target.checked })} />
      </section>
      <Notifications />
      <Sessions />
    </div>
  )
}
