import { useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { LanguageSelect } from '../language-select.tsx'
import { useAction } from '../use-action.ts'
import type { SectionProps } from './section.ts'

/** The person's own: who they are, the language, the way out. */
export function Profile({ onSignOut }: SectionProps) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const signOut = useAction(onSignOut)
  return (
    <div className="grid max-w-sm gap-4">
      <div>
        <p className="font-semibold">
          <bdi>{user.name}</bdi>
        </p>
        <p className="text-muted">
          {user.email} · {words.roles[user.role]}
        </p>
      </div>
      <LanguageSelect />
      {signOut.error && <p role="alert">{signOut.error}</p>}
      <Button className="justify-self-start" busy={signOut.busy} onClick={() => signOut.run()}>
        {words.nav.signOut}
      </Button>
    </div>
  )
}
