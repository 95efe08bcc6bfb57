import { useRef, useState } from 'react'
import type { CannedReply } from '../../../contract/canned-reply.ts'
import { cannedVariables, fillCannedReply } from '../../../contract/fill-canned-reply.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Choices, Field, TextArea } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'

interface CannedDialogProps {
  /** The one to change; absent for a new one. */
  readonly reply?: CannedReply
  readonly onSaved: () => void
  readonly onClose: () => void
}

/** A canned reply with its variables, and how it would read to a customer. Whose it is, is said once, when it is made. */
export function CannedDialog({ reply, onSaved, onClose }: CannedDialogProps) {
  const { words } = useLateSpeech()
  const { client, user } = useWorkspace()
  const [text, setText] = useState(reply?.text ?? '')
  const [access, setAccess] = useState<CannedReply['access']>(user.role === 'admin' ? 'team' : 'personal')
  const holder = useRef<HTMLDivElement>(null)
  const { missing, shown } = usePreview(text)
  const save = useAction(async ({ shortcut, title }: { readonly shortcut: string; readonly title: string }) => {
    const body = { shortcut, title, text }
    await (reply
      ? client.call('updateCannedReply', { params: { canned_reply_id: reply.id }, body })
      : client.call('createCannedReply', { body: { ...body, access } }))
    onSaved()
    onClose()
  })
  const taken = save.fieldError('shortcut') && words.canned.taken
  const insert = (name: string) => {
    const area = holder.current?.querySelector('textarea')
    if (!area) return
    area.setRangeText(`{{${name}}}`, area.selectionStart, area.selectionEnd, 'end')
    setText(area.value)
    area.focus()
  }
  return (
    <Dialog title={reply ? words.canned.edit : words.canned.add} closeLabel={words.common.close} onClose={onClose}>
      <Form
        submitLabel={words.common.save}
        busy={save.busy}
        error={taken ? undefined : save.error}
        onSend={({ shortcut = '', title = '' }) => save.run({ shortcut: shortcut.replace(/^\//, ''), title })}
      >
        <Field
          label={words.canned.title}
          name="title"
          maxLength={80}
          required
          defaultValue={reply?.title}
          error={save.fieldError('title')}
        />
        <Field
          label={words.canned.shortcut}
          hint={words.canned.shortcutHint}
          name="shortcut"
          pattern="\/?[\p{L}\p{N}_\-]{1,40}"
          title={words.canned.shortcutHint}
          autoComplete="off"
          required
          defaultValue={reply?.shortcut}
          error={taken}
        />
        <div ref={holder} className="grid gap-2">
          <TextArea
            label={words.canned.text}
            rows={5}
            maxLength={4_096}
            dir="auto"
            required
            value={text}
            error={missing.length > 0 ? words.canned.unknown(missing.join(', ')) : save.fieldError('text')}
            onChange={(event) => setText(event.target.value)}
          />
          <div role="group" aria-label={words.canned.insert} className="flex flex-wrap gap-1">
            {cannedVariables.map((name) => (
              <Button key={name} look="quiet" className="text-sm" onClick={() => insert(name)}>
                {words.canned.variables[name] ?? name}
              </Button>
            ))}
          </div>
        </div>
        {!reply && user.role === 'admin' && (
          <Choices label={words.canned.access}>
            {(['team', 'personal'] as const).map((each) => (
              <Choice
                key={each}
                type="radio"
                name="access"
                label={words.canned.accesses[each]}
                checked={access === each}
                onChange={() => setAccess(each)}
              />
            ))}
          </Choices>
        )}
        {text !== '' && (
          <section aria-label={words.canned.preview} className="grid gap-1">
            <p className="text-sm text-muted">{words.canned.preview}</p>
            <p dir="auto" className="rounded-xl bg-out px-3 py-2 break-words whitespace-pre-wrap">
              {shown}
            </p>
          </section>
        )}
      </Form>
    </Dialog>
  )
}

/** The text as a customer would read it, with an invented one; `missing` are the variables that there are not. */
function usePreview(text: string): { readonly missing: readonly string[]; readonly shown: string } {
  const { words } = useLateSpeech()
  const { user } = useWorkspace()
  const channels = useStored('channels', (store) => store.channels())
  const { missing, text: shown } = fillCannedReply(text, {
    contact: { name: words.canned.sampleName, phone: '+380501112233' },
    agent: { name: user.name },
    channel: { name: channels[0]?.name || words.canned.sampleNumber },
  })
  return { missing, shown }
}
