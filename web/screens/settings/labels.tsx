import { useEffect, useState } from 'react'
import type { Label, LabelColour } from '../../../contract/label.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { labelDots } from '../inbox/label-colour.ts'
import { LabelChip } from '../inbox/label-chip.tsx'
import { useAction } from '../use-action.ts'
import { Confirm } from './card.tsx'

/** The labels that conversations are marked with: made, renamed, coloured, deleted. */
export function Labels() {
  const { words } = useLateSpeech()
  const { client, reads } = useWorkspace()
  const labels = useStored('labels', (store) => store.labels())
  const [open, setOpen] = useState<{ readonly deed: 'edit' | 'delete'; readonly label: Label } | { readonly deed: 'add' }>()
  const close = () => setOpen(undefined)
  useEffect(() => void reads.labels().catch(() => undefined), [reads])
  const remove = async ({ id }: Label) => {
    await client.call('deleteLabel', { params: { label_id: id } })
    await reads.labels()
  }
  return (
    <div className="grid gap-4">
      <p className="text-muted">{words.labels.intro}</p>
      <Button look="primary" className="justify-self-start" onClick={() => setOpen({ deed: 'add' })}>
        {words.labels.add}
      </Button>
      {labels.length === 0 && <p className="text-muted">{words.labels.none}</p>}
      <ul className="grid gap-2">
        {labels.map((label) => (
          <li key={label.id} className="flex flex-wrap items-center gap-2 rounded-xl border border-line bg-surface px-4 py-2">
            <span className="min-w-0 flex-1">
              <LabelChip name={label.name} colour={label.colour} />
            </span>
            <Button aria-label={`${words.labels.edit}: ${label.name}`} onClick={() => setOpen({ deed: 'edit', label })}>
              {words.labels.edit}
            </Button>
            <Button aria-label={`${words.labels.remove}: ${label.name}`} onClick={() => setOpen({ deed: 'delete', label })}>
              {words.labels.remove}
            </Button>
          </li>
        ))}
      </ul>
      {open?.deed === 'add' && <LabelDialog onClose={close} />}
      {open?.deed === 'edit' && <LabelDialog label={open.label} onClose={close} />}
      {open?.deed === 'delete' && (
        <Confirm
          title={words.labels.removeTitle(open.label.name)}
          text={words.labels.removeText}
          doLabel={words.labels.remove}
          onDo={() => remove(open.label)}
          onClose={close}
        />
      )}
    </div>
  )
}

/** A new label, or another name and colour for one that there is. */
function LabelDialog({ label, onClose }: { readonly label?: Label; readonly onClose: () => void }) {
  const { words } = useLateSpeech()
  const { client, reads } = useWorkspace()
  const [name, setName] = useState(label?.name ?? '')
  const [colour, setColour] = useState<LabelColour>(label?.colour ?? 'teal')
  const save = useAction(async () => {
    const body = { name: name.trim(), colour }
    await (label ? client.call('updateLabel', { params: { label_id: label.id }, body }) : client.call('createLabel', { body }))
    await reads.labels()
    onClose()
  })
  const taken = save.fieldError('name') && words.labels.taken
  return (
    <Dialog title={label ? words.labels.edit : words.labels.add} closeLabel={words.common.close} onClose={onClose}>
      <Form submitLabel={words.common.save} busy={save.busy} error={taken ? undefined : save.error} onSend={() => save.run()}>
        <Field
          label={words.labels.name}
          maxLength={40}
          pattern=".*\S.*"
          required
          value={name}
          error={taken}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset>
          <legend className="mb-1 font-medium">{words.labels.colour}</legend>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(130px,1fr))]">
            {(Object.keys(labelDots) as LabelColour[]).map((each) => (
              <label key={each} className="target inline-flex items-center gap-2">
                <input
                  type="radio"
                  name="colour"
                  className="size-5 shrink-0 accent-brand"
                  checked={each === colour}
                  onChange={() => setColour(each)}
                />
                <span aria-hidden className={`size-3 shrink-0 rounded-full ${labelDots[each]}`} />
                {words.labels.colours[each]}
              </label>
            ))}
          </div>
        </fieldset>
        <p className="flex items-center gap-2 text-muted">
          {words.labels.looks} <LabelChip name={name.trim() || words.labels.name} colour={colour} />
        </p>
      </Form>
    </Dialog>
  )
}
