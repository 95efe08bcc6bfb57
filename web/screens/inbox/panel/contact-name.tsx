import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { Contact } from '../../../../contract/contact.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Field } from '../../../ui/field.tsx'
import { Form } from '../../form.tsx'
import { useAction } from '../../use-action.ts'
import { nameOf } from '../name-of.ts'

/** The contact's name, which may be changed here; the network does not overwrite it afterwards. */
export function ContactName({ contact }: { readonly contact: Contact }) {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const [isEditing, setEditing] = useState(false)
  const save = useAction(async (name: string) => {
    await client.call('updateContact', { params: { contact_id: contact.id }, body: { name } })
    setEditing(false)
  })
  if (!isEditing) {
    return (
      <p className="flex items-center gap-1 text-lg font-semibold">
        <bdi className="min-w-0 break-words">{nameOf({ name: contact.name, contact })}</bdi>
        <IconButton label={words.contact.editName} onClick={() => setEditing(true)}>
          <Pencil aria-hidden size={16} />
        </IconButton>
      </p>
    )
  }
  return (
    <Form
      className="w-full text-start"
      submitLabel={words.common.save}
      busy={save.busy}
      error={save.error}
      onSend={({ name = '' }) => (name === contact.name ? setEditing(false) : save.run(name))}
      buttons={<Button onClick={() => setEditing(false)}>{words.common.cancel}</Button>}
    >
      <Field label={words.contact.name} name="name" defaultValue={contact.name} maxLength={200} required error={save.fieldError('name')} />
    </Form>
  )
}
