import { useState } from 'react'
import type { ChannelId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../i18n/thread-late.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, Select } from '../../../ui/field.tsx'
import { Form } from '../../form.tsx'
import { useAction } from '../../use-action.ts'
import { usePlace } from '../use-place.ts'
import { newChatsFrom } from './new-chats-from.ts'
import { parsePhone } from './parse-phone.ts'

/** Begins a conversation with a number that may never have written; one that is there already is opened. */
export function NewChat({ onClose }: { readonly onClose: () => void }) {
  const { words, formats } = useSpeech()
  const { store, reads } = useWorkspace()
  const { go } = usePlace()
  const channels = useStored('channels', () => store.channels())
  const [wrong, setWrong] = useState(false)
  const late = useThreadLateWords().newChat
  const locked = new Map(
    channels.flatMap((channel) => {
      const from = newChatsFrom(channel)
      return from === undefined ? [] : [[channel.id, from] as const]
    }),
  )
  const until = (from: string) => from && formats.dateTime(from)
  // One of several may still begin chats, and the server takes it.
  const isLocked = channels.length > 0 && locked.size === channels.length
  const start = useAction(async (input: { readonly phone_number: string; readonly channel_id?: ChannelId }) => {
    const id = await reads.startConversation(input)
    onClose()
    go({ view: 'all', id, q: '', message: undefined })
  })
  return (
    <Dialog title={words.newChat.title} closeLabel={words.common.close} onClose={onClose}>
      {isLocked ? (
        <>
          <p role="alert" className="text-warn">
            {late.locked(until([...locked.values()].toSorted().find(Boolean) ?? ''))}
          </p>
          <Button onClick={onClose}>{words.common.close}</Button>
        </>
      ) : (
        <Form
          submitLabel={words.newChat.start}
          busy={start.busy}
          error={start.error}
          onSend={({ phone = '', channel }) => {
            const phone_number = parsePhone(phone)
            setWrong(phone_number === undefined)
            if (phone_number) start.run({ phone_number, ...(channel ? { channel_id: channel as ChannelId } : {}) })
          }}
        >
          <Field
            label={words.newChat.phone}
            hint={words.newChat.phoneHint}
            error={wrong ? words.newChat.wrongPhone : start.fieldError('phone_number')}
            name="phone"
            type="tel"
            inputMode="tel"
            autoComplete="off"
            dir="ltr"
            required
          />
          {channels.length > 1 && (
            <Select label={words.newChat.from} name="channel" defaultValue="">
              <option value="">{words.newChat.fromAny}</option>
              {channels.map(({ id, name, phone }) => {
                const title = name ? `${name} · ${phone}` : phone
                const from = locked.get(id)
                return (
                  <option key={id} value={id} disabled={from !== undefined}>
                    {from === undefined ? title : late.lockedNumber(title, until(from))}
                  </option>
                )
              })}
            </Select>
          )}
          <p className="text-sm text-muted">{words.newChat.stranger}</p>
        </Form>
      )}
    </Dialog>
  )
}
