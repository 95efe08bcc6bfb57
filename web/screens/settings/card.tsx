import { type ReactNode, useState } from 'react'
import type { Loaded } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { useAction, useErrorText } from '../use-action.ts'

/** One thing of a list, with what can be done with it. */
export function Card({
  title,
  children,
  buttons,
}: {
  readonly title: ReactNode
  readonly children: ReactNode
  readonly buttons: ReactNode
}) {
  return (
    <li className="grid gap-2 rounded-xl border border-line bg-surface p-4">
      <h2 className="font-semibold">{title}</h2>
      {children}
      <div className="flex flex-wrap gap-2">{buttons}</div>
    </li>
  )
}

/** Draws what was read, or says that it is being read or why it was not. */
export function WhenLoaded<Value>({ of, children }: { readonly of: Loaded<Value>; readonly children: (value: Value) => ReactNode }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  if (of.value !== undefined) return children(of.value)
  if (of.error === undefined) return <Spinner label={words.common.loading} />
  return (
    <div className="grid justify-items-start gap-2">
      <p role="alert" className="text-danger">
        {errorText(of.error)}
      </p>
      <Button onClick={of.reload}>{words.common.retry}</Button>
    </div>
  )
}

interface ConfirmProps {
  readonly title: string
  readonly text: string
  readonly doLabel: string
  /** A word that has to be typed first. */
  readonly typed?: { readonly label: string; readonly word: string }
  readonly onDo: () => Promise<unknown>
  readonly onClose: () => void
  readonly children?: ReactNode
}

/** Asks before what cannot be undone, and stays open with the reason when it fails. */
export function Confirm({ title, text, doLabel, typed, onDo, onClose, children }: ConfirmProps) {
  const { words } = useSpeech()
  const [written, write] = useState('')
  const { run, busy, error } = useAction(async () => {
    await onDo()
    onClose()
  })
  const isHeld = typed !== undefined && written.trim().toLowerCase() !== typed.word
  return (
    <Dialog title={title} closeLabel={words.common.close} onClose={onClose}>
      <p>{text}</p>
      {children}
      {typed && <Field label={typed.label} autoComplete="off" value={written} onChange={(event) => write(event.target.value)} />}
      {error && (
        <p role="alert" className="text-danger">
          {error}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button look="danger" busy={busy} disabled={isHeld} onClick={() => run()}>
          {doLabel}
        </Button>
        <Button onClick={onClose}>{words.common.cancel}</Button>
      </div>
    </Dialog>
  )
}
