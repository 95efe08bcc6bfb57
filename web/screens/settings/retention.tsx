import { useCallback, useState } from 'react'
import type { Retention as Days } from '../../../contract/retention.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Choice, Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { useUnsaved } from '../use-unsaved.ts'
import { Confirm, WhenLoaded } from './card.tsx'

/** After how many days what was said is deleted for good. Keeping less is asked about before it is done. */
export function Retention() {
  const { client } = useWorkspace()
  const kept = useLoaded(useCallback((signal: AbortSignal) => client.call('getRetention', { signal }), [client]))
  return <WhenLoaded of={kept}>{(days) => <DaysForm key={JSON.stringify(days)} kept={days} onSaved={kept.reload} />}</WhenLoaded>
}

interface DaysFormProps {
  readonly kept: Days
  readonly onSaved: () => void
}

/** Whether less would be kept than now; `null` is for ever. */
function isLess(next: Days, kept: Days): boolean {
  return (['messages_days', 'media_days', 'audit_days'] as const).some((name) => (next[name] ?? Infinity) < (kept[name] ?? Infinity))
}

function DaysForm({ kept, onSaved }: DaysFormProps) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const toast = useToast()
  const [days, setDays] = useState(kept)
  const [asked, setAsked] = useState(false)
  useUnsaved(JSON.stringify(days) !== JSON.stringify(kept))
  const store = async () => {
    await client.call('setRetention', { body: days })
    toast(words.common.saved)
    onSaved()
  }
  const save = useAction(store)
  const number = (text: string) => Number.parseInt(text, 10) || 0
  const limited = (name: 'messages_days' | 'media_days', label: string) => (
    <div className="grid gap-1">
      <Choice
        label={words.retention.forEver(label)}
        checked={days[name] === null}
        onChange={(event) => setDays({ ...days, [name]: event.target.checked ? null : 365 })}
      />
      {days[name] !== null && (
        <Field
          label={words.retention.days(label)}
          type="number"
          min={1}
          max={36_500}
          required
          value={days[name] || ''}
          error={save.fieldError(name)}
          onChange={(event) => setDays({ ...days, [name]: number(event.target.value) })}
        />
      )}
    </div>
  )
  return (
    <Form
      className="max-w-md"
      submitLabel={words.common.save}
      busy={save.busy}
      error={save.error}
      onSend={() => (isLess(days, kept) ? setAsked(true) : save.run())}
    >
      <p className="text-muted">{words.retention.intro}</p>
      {limited('messages_days', words.retention.messages)}
      {limited('media_days', words.retention.files)}
      <Field
        label={words.retention.days(words.retention.audit)}
        type="number"
        min={1}
        max={36_500}
        required
        value={days.audit_days || ''}
        error={save.fieldError('audit_days')}
        onChange={(event) => setDays({ ...days, audit_days: number(event.target.value) })}
      />
      {asked && (
        <Confirm
          title={words.retention.lessTitle}
          text={words.retention.lessText}
          doLabel={words.retention.less}
          onDo={store}
          onClose={() => setAsked(false)}
        />
      )}
    </Form>
  )
}
