import { type ComponentProps, useRef, useState } from 'react'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Form } from '../form.tsx'
import { useUnsaved } from '../use-unsaved.ts'

/** A form over what is stored already: what was changed in it and not saved is said at the foot of the window, and asked about before one leaves. */
export function KeptForm({ children, ...rest }: ComponentProps<typeof Form>) {
  const { words } = useLateSpeech()
  const holder = useRef<HTMLDivElement>(null)
  const [isChanged, setChanged] = useState(false)
  const [edition, setEdition] = useState(0)
  useUnsaved(isChanged)
  const form = () => holder.current?.querySelector('form')
  return (
    <div ref={holder} onInput={() => setChanged(isEdited(form()))}>
      <Form {...rest} key={edition}>
        {children}
      </Form>
      {isChanged && (
        <div
          role="status"
          className="sticky bottom-0 mt-4 flex flex-wrap items-center gap-2 rounded-xl border border-control bg-surface p-3 shadow-lg"
        >
          <span className="flex-1">{words.unsaved.text}</span>
          <Button look="primary" busy={rest.busy} onClick={() => form()?.requestSubmit()}>
            {words.common.save}
          </Button>
          <Button
            onClick={() => {
              // Drawn anew, so that fields that were opened close as well.
              setEdition(edition + 1)
              setChanged(false)
            }}
          >
            {words.common.cancel}
          </Button>
        </div>
      )}
    </div>
  )
}

/** Whether any control holds something else than what it was drawn with. */
function isEdited(form: HTMLFormElement | null | undefined): boolean {
  return [...(form?.elements ?? [])].some((control) => {
    if (control instanceof HTMLSelectElement)
      return [...control.options].some(({ selected, defaultSelected }) => selected !== defaultSelected)
    if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue
    if (!(control instanceof HTMLInputElement)) return false
    return control.value !== control.defaultValue || control.checked !== control.defaultChecked
  })
}
