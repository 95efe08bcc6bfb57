import { useCallback, useState } from 'react'
import type { Contact } from '../../../../contract/contact.ts'
import type { ContactId } from '../../../../contract/ids.ts'
import { useLoaded, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Avatar } from '../../../ui/avatar.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Picker } from '../../../ui/picker.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { Confirm } from '../../settings/card.tsx'
import { useAction, useErrorText } from '../../use-action.ts'
import { nameOf } from '../name-of.ts'
import { usePlace } from '../use-place.ts'

/** Joining the same person who is listed twice, and erasing a person for good. */
export function ContactDeeds({ contact }: { readonly contact: Contact }) {
  const { words } = useSpeech()
  const { client, user } = useWorkspace()
  const { go } = usePlace()
  const toast = useToast()
  const [open, setOpen] = useState<'merge' | 'erase'>()
  const close = () => setOpen(undefined)
  const name = nameOf({ name: contact.name, contact })
  const erase = async () => {
    await client.call('eraseContact', { params: { contact_id: contact.id } })
    toast(words.contact.erased)
    go({ id: undefined, message: undefined }, 'replace')
  }
  return (
    <div className="grid justify-items-start gap-1 border-t border-line pt-4">
      <Button look="quiet" onClick={() => setOpen('merge')} className="-ms-4">
        {words.contact.merge}
      </Button>
      {user.role === 'admin' && (
        <Button look="quiet" onClick={() => setOpen('erase')} className="-ms-4 text-danger">
          {words.contact.erase}
        </Button>
      )}
      {open === 'merge' && <Merge contact={contact} onClose={close} />}
      {open === 'erase' && (
        <Confirm
          title={words.contact.eraseTitle(name)}
          text={words.contact.eraseText}
          doLabel={words.contact.erase}
          onDo={erase}
          onClose={close}
        />
      )}
    </div>
  )
}

function Merge({ contact, onClose }: { readonly contact: Contact; readonly onClose: () => void }) {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const toast = useToast()
  const errorText = useErrorText()
  const [query, setQuery] = useState('')
  const q = query.trim()
  const load = useCallback(
    (signal: AbortSignal) => client.call('listContacts', { query: { limit: 20, ...(q ? { q } : {}) }, signal }),
    [client, q],
  )
  const found = (useLoaded(load).value?.items ?? []).filter(({ id }) => id !== contact.id)
  const merge = useAction(async (other: Contact) => {
    const pair = { params: { contact_id: contact.id }, body: { contact_id: other.id } }
    await client.call('mergeContacts', pair)
    onClose()
    const undo = () => void client.call('unmergeContacts', pair).catch((error: unknown) => toast(errorText(error), true))
    toast(words.contact.merged(nameOf({ name: other.name, contact: other })), false, { label: words.header.undo, run: undo })
  })
  const byId = (id: ContactId) => found.find((one) => one.id === id)
  return (
    <Dialog title={words.contact.merge} closeLabel={words.common.close} onClose={onClose}>
      <p className="text-muted">{words.contact.mergeText}</p>
      {merge.error && (
        <p role="alert" className="text-danger">
          {merge.error}
        </p>
      )}
      <div className="h-80 overflow-hidden rounded-lg border border-line">
        <Picker
          label={words.contact.mergeFind}
          placeholder={words.contact.mergeFind}
          query={query}
          onQuery={setQuery}
          empty={words.contact.mergeNone}
          options={found.map((one) => ({
            id: one.id,
            label: nameOf({ name: one.name, contact: one }),
            hint: one.phone ?? one.username,
            icon: <Avatar name={one.name} url={one.avatar_url} />,
          }))}
          onPick={(id) => {
            const other = byId(id as ContactId)
            if (other) merge.run(other)
          }}
        />
      </div>
    </Dialog>
  )
}
