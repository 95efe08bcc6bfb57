import { Fragment } from 'react'
import { shortcuts } from '../../frame/keys.ts'
import { usePreferences } from '../../frame/use-preferences.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice } from '../../ui/field.tsx'

/** Every key and what it does, and the switch for those that are single letters. */
export function KeyList({ onClose }: { readonly onClose: () => void }) {
  const { words } = useSpeech()
  const [{ keys }, choose] = usePreferences()
  const mod = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl'
  const byCommand = Map.groupBy(shortcuts, ({ command }) => command)
  return (
    <Dialog title={words.keyList.title} closeLabel={words.common.close} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {[...byCommand].map(([command, ways]) => (
          <Fragment key={command}>
            <dt className="flex flex-wrap items-center gap-1" dir="ltr">
              {ways.map(({ keys: signs }, index) => (
                <Fragment key={signs.join(' ')}>
                  {index > 0 && <span className="px-1 text-xs text-muted">{words.keyList.or}</span>}
                  {signs.map((sign) => (
                    <kbd key={sign} className="rounded-md border border-control bg-bg px-1.5 py-0.5 font-sans text-xs">
                      {sign === 'mod' ? mod : sign}
                    </kbd>
                  ))}
                </Fragment>
              ))}
            </dt>
            <dd>{words.commands[command]}</dd>
          </Fragment>
        ))}
      </dl>
      <p className="text-sm text-muted">{words.keyList.note}</p>
      <Choice label={words.keyList.single} checked={keys} onChange={(event) => choose({ keys: event.target.checked })} />
    </Dialog>
  )
}
