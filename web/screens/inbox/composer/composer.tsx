import { Paperclip, SendHorizontal, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { MessageId } from '../../../../contract/ids.ts'
import { useNow, useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { Choice } from '../../../ui/field.tsx'
import { numberTitle } from '../../number-title.ts'
import { ClosedWindow, isWindowClosed, WindowLeft } from './closed-window.tsx'
import { useComposing } from '../thread/composing.tsx'
import { EditForm } from './edit-form.tsx'
import { acceptOf, type Fit, fitFile } from './fit-file.ts'
import { type Able, CapabilitiesFailed } from './use-capabilities.tsx'
import { TemplatePicker } from './template-picker.tsx'
import { useTyping } from './use-typing.ts'

interface ComposerProps {
  readonly conversation: Conversation
  readonly able: Able
  /** The file that goes with the next message. */
  readonly file: File | undefined
  readonly onFile: (file: File | undefined) => void
}

/** Where an answer is written. What cannot be sent here is not offered; what is written stays here until it is sent. */
export function Composer({ conversation, able, file, onFile }: ComposerProps) {
  const { words } = useSpeech()
  const { sends, drafts } = useWorkspace()
  const { id } = conversation
  const [text, setText] = useState(() => drafts.get(id))
  const [isVoice, setVoice] = useState(false)
  const { capabilities, failed } = able
  const { composing, end, wish, setWish } = useComposing()
  const now = useNow(10_000, capabilities?.window_closes_at != null)
  const typing = useTyping(id, capabilities?.typing === true)
  const fit = file && capabilities ? fitFile(file, capabilities.files) : undefined
  const spare = capabilities ? text.trim().length - capabilities.text.max_length : 0
  const hasContent = text.trim() !== '' || file !== undefined
  const maySend = Boolean(capabilities?.from_channel) && hasContent && spare <= 0 && (!file || fit?.ok === true)

  const write = (next: string) => {
    setText(next)
    drafts.set(id, next)
    typing(next !== '')
  }
  const send = () => {
    if (!maySend) return
    const words = text.trim()
    const reply = composing?.mode === 'reply' ? { reply_to_id: composing.message } : {}
    if (file && fit?.ok) {
      const attached = { file, type: fit.type, voice: isVoice && fit.mayBeVoice }
      sends.send(id, { text: fit.hasCaption ? words : '', file: attached, ...reply })
      if (!fit.hasCaption && words !== '') sends.send(id, { text: words })
    } else sends.send(id, { text: words, ...reply })
    end()
    write('')
    onFile(undefined)
    setVoice(false)
  }

  if (capabilities && !capabilities.from_channel) {
    return <p className="border-t border-line bg-surface p-4 text-muted">{words.composer.noChannel}</p>
  }
  if (capabilities?.from_channel && isWindowClosed(capabilities, now))
    return <ClosedWindow conversation={conversation} channelId={capabilities.from_channel.id} />
  if (composing?.mode === 'edit') return <EditForm key={composing.message} id={composing.message} onEnd={end} />
  return (
    <form
      className="grid gap-2 border-t border-line bg-surface p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {failed && <CapabilitiesFailed {...failed} />}
      {composing?.mode === 'reply' && <ReplyTo id={composing.message} onCancel={end} />}
      {capabilities?.from_channel?.rerouted && (
        <p className="text-sm text-warn">{words.composer.from(numberTitle(capabilities.from_channel))}</p>
      )}
      {capabilities && <WindowLeft window_closes_at={capabilities.window_closes_at} />}
      {file && <Tray file={file} fit={fit} isVoice={isVoice} onVoice={setVoice} onRemove={() => onFile(undefined)} />}
      {spare > 0 && (
        <p role="alert" className="text-sm text-danger">
          {words.composer.tooLong(spare)}
        </p>
      )}
      <div className="flex items-end gap-1">
        <Attach files={capabilities?.files} onFile={onFile} />
        {wish?.kind === 'templates' && capabilities?.from_channel && (
          <TemplatePicker conversationId={id} channelId={capabilities.from_channel.id} onClose={() => setWish(undefined)} />
        )}
        <Input text={text} onText={write} onSend={send} />
        <IconButton type="submit" label={words.composer.send} disabled={!maySend} className="bg-brand text-onbrand hover:bg-brand">
          <SendHorizontal aria-hidden size={20} className="rtl:-scale-x-100" />
        </IconButton>
      </div>
    </form>
  )
}

interface InputProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly onSend: () => void
}

/** Enter sends and Shift+Enter makes a line; where one types with a finger, Enter makes a line. */
function Input({ text, onText, onSend }: InputProps) {
  const { words } = useSpeech()
  const input = useRef<HTMLTextAreaElement>(null)
  const [isTouch] = useState(() => matchMedia('(pointer: coarse)').matches)
  useEffect(() => {
    if (!isTouch) input.current?.focus()
  }, [isTouch])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isTouch || event.nativeEvent.isComposing) return
    event.preventDefault()
    onSend()
  }
  return (
    <textarea
      ref={input}
      rows={1}
      dir="auto"
      aria-label={words.composer.label}
      placeholder={words.composer.placeholder}
      value={text}
      onChange={(event) => onText(event.target.value)}
      onKeyDown={onKeyDown}
      enterKeyHint={isTouch ? 'enter' : 'send'}
      className="target field-sizing-content max-h-44 min-w-0 flex-1 resize-none rounded-lg border border-control bg-surface px-3 py-2 text-[0.9375rem] placeholder:text-muted"
    />
  )
}

function Attach({ files, onFile }: { readonly files: Capabilities['files'] | undefined; readonly onFile: ComposerProps['onFile'] }) {
  const { words } = useSpeech()
  const picker = useRef<HTMLInputElement>(null)
  const { wish, setWish } = useComposing()
  useEffect(() => {
    if (wish?.kind !== 'file') return
    setWish(undefined)
    picker.current?.click()
  }, [wish, setWish])
  if (!files || Object.values(files).every((limits) => limits === undefined)) return null
  return (
    <>
      <IconButton label={words.composer.attach} onClick={() => picker.current?.click()}>
        <Paperclip aria-hidden size={20} />
      </IconButton>
      <input
        ref={picker}
        type="file"
        hidden
        accept={acceptOf(files)}
        onChange={(event) => {
          onFile(event.target.files?.[0])
          // The same file may be picked again after it was removed.
          event.target.value = ''
        }}
      />
    </>
  )
}

interface TrayProps {
  readonly file: File
  readonly fit: Fit | undefined
  readonly isVoice: boolean
  readonly onVoice: (isVoice: boolean) => void
  readonly onRemove: () => void
}

/** The file that waits to be sent, and why it cannot be. */
function Tray({ file, fit, isVoice, onVoice, onRemove }: TrayProps) {
  const { words, formats } = useSpeech()
  const trouble =
    fit?.ok !== false
      ? undefined
      : fit.reason === 'too_big'
        ? words.composer.tooBig(file.name, formats.bytes(file.size), formats.bytes(fit.maxBytes))
        : words.composer.wrongType(file.name)
  return (
    <div className="rounded-lg bg-surface2 px-3 py-1">
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 truncate">
          {fit?.ok && <span className="text-muted">{words.kinds[fit.type]}: </span>}
          {file.name} <span className="text-muted">{formats.bytes(file.size)}</span>
        </p>
        <IconButton label={words.composer.removeFile} onClick={onRemove}>
          <X aria-hidden size={18} />
        </IconButton>
      </div>
      {fit?.ok && fit.mayBeVoice && (
        <Choice label={words.composer.asVoice} checked={isVoice} onChange={(event) => onVoice(event.target.checked)} />
      )}
      {trouble && (
        <p role="alert" className="pb-1 text-danger">
          {trouble}
        </p>
      )}
    </div>
  )
}

/** What the next message answers. */
function ReplyTo({ id, onCancel }: { readonly id: MessageId; readonly onCancel: () => void }) {
  const { words } = useSpeech()
  const message = useStored(`message:${id}`, (store) => store.message(id))
  if (!message) return null
  return (
    <div className="flex items-center gap-2 rounded-lg bg-surface2 px-3 py-1">
      <p dir="auto" className="min-w-0 flex-1 truncate text-sm">
        <span className="text-muted">{words.composer.replyTo}: </span>
        {'text' in message && message.text ? message.text : words.kinds[message.type]}
      </p>
      <IconButton label={words.composer.noReply} onClick={onCancel}>
        <X aria-hidden size={18} />
      </IconButton>
    </div>
  )
}
