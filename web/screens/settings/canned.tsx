import { useCallback, useState } from 'react'
import type { CannedReply } from '../../../contract/canned-reply.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { CannedDialog } from './canned-dialog.tsx'
import { Card, Confirm, WhenLoaded } from './card.tsx'

/** Answers that are kept to be used again: the team's, which admins change, and one's own. */
export function Canned() {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const [isAdding, setAdding] = useState(false)
  const replies = useLoaded(
    useCallback((signal: AbortSignal) => client.call('listCannedReplies', { query: { limit: 200 }, signal }), [client]),
  )
  return (
    <div className="grid gap-4">
      <p className="text-muted">{words.canned.intro}</p>
      <Button look="primary" className="justify-self-start" onClick={() => setAdding(true)}>
        {words.canned.add}
      </Button>
      <WhenLoaded of={replies}>
        {({ items }) => (
          <ul className="grid gap-3">
            {items.length === 0 && <li className="text-muted">{words.canned.none}</li>}
            {items.map((reply) => (
              <Reply key={reply.id} reply={reply} onChanged={replies.reload} />
            ))}
          </ul>
        )}
      </WhenLoaded>
      {isAdding && <CannedDialog onSaved={replies.reload} onClose={() => setAdding(false)} />}
    </div>
  )
}

function Reply({ reply, onChanged }: { readonly reply: CannedReply; readonly onChanged: () => void }) {
  const { words } = useLateSpeech()
  const { client, user } = useWorkspace()
  const [open, setOpen] = useState<'edit' | 'delete'>()
  const close = () => setOpen(undefined)
  const { id, shortcut, title, text, access } = reply
  const remove = async () => {
    await client.call('deleteCannedReply', { params: { canned_reply_id: id } })
    onChanged()
  }
  return (
    <Card
      title={<bdi>{title}</bdi>}
      buttons={
        (access === 'personal' || user.role === 'admin') && (
          <>
            <Button aria-label={`${words.canned.edit}: ${title}`} onClick={() => setOpen('edit')}>
              {words.canned.edit}
            </Button>
            <Button aria-label={`${words.canned.remove}: ${title}`} onClick={() => setOpen('delete')}>
              {words.canned.remove}
            </Button>
          </>
        )
      }
    >
      <p className="text-sm text-muted">
        <code>/{shortcut}</code> · {words.canned.accesses[access]}
      </p>
      <p dir="auto" className="line-clamp-4 break-words whitespace-pre-wrap">
        {text}
      </p>
      {open === 'edit' && <CannedDialog reply={reply} onSaved={onChanged} onClose={close} />}
      {open === 'delete' && (
        <Confirm
          title={words.canned.removeTitle(title)}
          text={access === 'team' ? words.canned.removeTeamText : words.canned.removeText}
          doLabel={words.canned.remove}
          onDo={remove}
          onClose={close}
        />
      )}
    </Card>
  )
}
