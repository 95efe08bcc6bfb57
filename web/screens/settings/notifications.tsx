import { useState } from 'react'
import { usePreferences } from '../../frame/use-preferences.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Choice, Choices } from '../../ui/field.tsx'

const rules = ['off', 'mine', 'all'] as const

/** Whether the browser tells of new messages; it is asked for leave only by the button here. */
export function Notifications() {
  const { words } = useSpeech()
  const [chosen, choose] = usePreferences()
  const [leave, setLeave] = useState(() => ('Notification' in globalThis ? Notification.permission : 'missing'))
  const allow = async () => {
    const answer = await Notification.requestPermission()
    setLeave(answer)
    if (answer === 'granted' && chosen.notify === 'off') choose({ notify: 'mine' })
  }
  return (
    <section aria-labelledby="notify" className="grid gap-4 rounded-xl border border-line bg-surface p-4">
      <h2 id="notify" className="font-semibold">
        {words.notify.title}
      </h2>
      <p className="text-muted">{words.notify.intro}</p>
      {leave === 'missing' && <p>{words.notify.missing}</p>}
      {leave === 'denied' && <p className="text-warn">{words.notify.denied}</p>}
      {leave === 'default' && (
        <Button look="primary" className="justify-self-start" onClick={() => void allow()}>
          {words.notify.allow}
        </Button>
      )}
      {leave === 'granted' && (
        <>
          <Choices label={words.notify.about}>
            {rules.map((rule) => (
              <Choice
                key={rule}
                type="radio"
                name="notify"
                label={words.notify.rules[rule]}
                checked={chosen.notify === rule}
                onChange={() => choose({ notify: rule })}
              />
            ))}
          </Choices>
          <Choice label={words.notify.preview} checked={chosen.preview} onChange={(event) => choose({ preview: event.target.checked })} />
          <Choice label={words.notify.sound} checked={chosen.sound} onChange={(event) => choose({ sound: event.target.checked })} />
        </>
      )}
    </section>
  )
}
