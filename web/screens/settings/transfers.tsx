import { useCallback, useState } from 'react'
import type { Transfer } from '../../../contract/transfer.ts'
import { useLoaded, useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Card, Confirm } from './card.tsx'

/** Numbers that somebody linked who does not own them: an admin hands each over, or has it unlinked again. */
export function Transfers() {
  const { client } = useWorkspace()
  const load = useCallback((signal: AbortSignal) => client.call('listTransfers', { query: { status: 'pending' }, signal }), [client])
  const loaded = useLoaded(load)
  const told = useStored('transfers', (store) => store.transfers())
  const newest = new Map([...(loaded.value?.items ?? []), ...told].map((transfer) => [transfer.id, transfer]))
  const pending = [...newest.values()].filter(({ status }) => status === 'pending')
  if (pending.length === 0) return null
  return (
    <ul className="grid gap-3">
      {pending.map((transfer) => (
        <Waiting key={transfer.id} transfer={transfer} />
      ))}
    </ul>
  )
}

function Waiting({ transfer }: { readonly transfer: Transfer }) {
  const { words, formats } = useLateSpeech()
  const { client, store } = useWorkspace()
  const [open, setOpen] = useState<'acceptTransfer' | 'refuseTransfer'>()
  const users = useLoaded(useCallback((signal: AbortSignal) => client.call('listUsers', { query: { limit: 200 }, signal }), [client]))
  const nameOf = (id: string | undefined) => users.value?.items.find((user) => user.id === id)?.name ?? words.transfers.team
  const text = open === 'acceptTransfer' ? words.transfers.acceptText : words.transfers.refuseText
  const label = open === 'acceptTransfer' ? words.transfers.accept : words.transfers.refuse
  return (
    <Card
      title={<bdi>{`${transfer.channel_name} · ${transfer.phone}`}</bdi>}
      buttons={
        <>
          <Button look="primary" onClick={() => setOpen('acceptTransfer')}>
            {words.transfers.accept}
          </Button>
          <Button onClick={() => setOpen('refuseTransfer')}>{words.transfers.refuse}</Button>
        </>
      }
    >
      <p>{words.transfers.asked(nameOf(transfer.to_user_id), nameOf(transfer.from_user_id))}</p>
      <p className="text-muted">{words.numbers.since(formats.dateTime(transfer.created_at))}</p>
      {open && (
        <Confirm
          title={transfer.phone}
          text={text}
          doLabel={label}
          onDo={async () => store.putTransfer(await client.call(open, { params: { transfer_id: transfer.id } }))}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Card>
  )
}
