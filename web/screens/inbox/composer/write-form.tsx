import { Mic, Paperclip, SendHorizontal, Smile } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { MentionsInput } from '../../../../contract/content.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { Draft } from '../../../data/draft.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { numberTitle } from '../../number-title.ts'
import { useComposing } from '../thread/composing.tsx'
import { isYoung } from '../thread/message-age.ts'
import { WindowLeft } from './closed-window.tsx'
import { type Fitted, FileTray } from './file-tray.tsx'
import { acceptOf, fitFile } from './fit-file.ts'
import { ReplyTo } from './reply-to.tsx'
import { mentionsIn, ranked, replaced, type Trigger } from './suggest.ts'
import { type Suggestion, Suggestions } from './suggestions.tsx'
import { TextField } from './text-field.tsx'
import { type Able, CapabilitiesFailed } from './use-capabilities.tsx'
import { useMembers } from './use-members.ts'
import { useSuggesting } from './use-suggesting.ts'
import type { Tray } from './use-tray.ts'
import { useTyping } from './use-typing.ts'
import { canRecord } from './voice/record.ts'

const EmojiPicker = onDemand(() => import('./emoji-picker.tsx').then((part) => part.EmojiPicker))
const VoiceBar = onDemand(() => import('./voice/voice-bar.tsx').then((part) => part.VoiceBar))

interface WriteFormProps {
  readonly conversation: Conversation
  readonly able: Able
  readonly tray: Tray
}

/** The field, the files that wait, and what else can be put into an answer. */
export function WriteForm({ conversation, able: { capabilities, failed }, tray }: WriteFormProps) {
  const { words } = useSpeech()
  const { sends, drafts } = useWorkspace()
  const { id } = conversation
  const { composing, end, begin } = useComposing()
  const [text, setText] = useState(() => drafts.get(id))
  const [isRecording, setRecording] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const findEditable = useLastEditable(conversation, capabilities)
  const typing = useTyping(id, capabilities?.typing === true)
  const fitted = tray.files.map((item) => ({ item, fit: capabilities && fitFile(item.file, capabilities.files, item.asDocument) }))
  const spare = capabilities ? text.trim().length - capabilities.text.max_length : 0
  const isEmpty = text.trim() === '' && fitted.length === 0
  // What may be sent is asked when the conversation is opened; a word that is quicker than the answer goes, and the server says what it thinks of it.
  const isRefused = capabilities !== undefined && !capabilities.from_channel
  const maySend = !isRefused && !isEmpty && spare <= 0 && fitted.every(({ fit }) => fit?.ok === true)
  const write = (next: string) => {
    setText(next)
    drafts.set(id, next)
    typing(next !== '')
  }
  const put = (from: number, to: number, piece: string) => {
    const next = replaced(text, from, to, piece)
    write(next.text)
    requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(next.caret, next.caret)
    })
  }
  const { members, suggesting } = useOffers(conversation, text, (trigger, { title }) =>
    put(trigger.start, trigger.start + trigger.query.length + 1, `@${title} `),
  )
  const reply = composing?.mode === 'reply' ? { reply_to_id: composing.message } : {}

  const send = () => {
    if (!maySend) return
    const said = text.trim()
    for (const draft of draftsOf(fitted, said, mentionsIn(said, members), reply)) sends.send(id, draft)
    end()
    write('')
    tray.clear()
  }

  return (
    <form
      className="relative grid grid-cols-1 gap-2 border-t border-line bg-surface p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {failed && <CapabilitiesFailed {...failed} />}
      {composing?.mode === 'reply' && <ReplyTo id={composing.message} onCancel={end} />}
      {capabilities?.from_channel?.rerouted && (
        <p className="px-2 text-sm text-warn">{words.composer.from(numberTitle(capabilities.from_channel))}</p>
      )}
      {capabilities && <WindowLeft window_closes_at={capabilities.window_closes_at} />}
      {fitted.length > 0 && <FileTray files={fitted} onChange={tray.change} onMove={tray.move} onRemove={tray.remove} />}
      {spare > 0 && (
        <p role="alert" className="px-2 text-sm text-danger">
          {words.composer.tooLong(spare)}
        </p>
      )}
      {suggesting.items.length > 0 && (
        <Suggestions
          id={suggesting.list}
          label={words.composer.mention}
          items={suggesting.items}
          active={suggesting.active}
          onPick={suggesting.pick}
        />
      )}
      {isRecording ? (
        <VoiceBar
          onSend={(file) => {
            sends.send(id, { text: '', file: { file, type: 'audio', voice: true }, ...reply })
            end()
            setRecording(false)
          }}
          onClose={() => setRecording(false)}
        />
      ) : (
        <div className="flex items-end gap-1">
          <Attach files={capabilities?.files} onFiles={tray.add} />
          <Emoji onPick={(emoji) => put(field.current?.selectionStart ?? text.length, field.current?.selectionEnd ?? text.length, emoji)} />
          <TextField
            field={field}
            text={text}
            placeholder={fitted.length === 1 ? words.tray.caption : words.composer.placeholder}
            suggesting={suggesting}
            onText={write}
            onSend={send}
            onUp={() => {
              const message = findEditable()
              if (message) begin({ mode: 'edit', message })
            }}
            onEscape={end}
          />
          {isEmpty && mayRecord(capabilities) ? (
            <IconButton label={words.voice.record} onClick={() => setRecording(true)}>
              <Mic aria-hidden size={20} />
            </IconButton>
          ) : (
            <IconButton
              type="submit"
              label={words.composer.send}
              disabled={!maySend}
              className="rounded-full bg-brand text-onbrand hover:bg-brand"
            >
              <SendHorizontal aria-hidden size={20} className="rtl:-scale-x-100" />
            </IconButton>
          )}
        </div>
      )}
    </form>
  )
}

/** The messages that these files and this text become: a file alone takes the text as its caption, where it takes one. */
function draftsOf(fitted: readonly Fitted[], said: string, mentions: MentionsInput, reply: Pick<Draft, 'reply_to_id'>): readonly Draft[] {
  const isAlone = fitted.length === 1
  const files = fitted.flatMap(({ item, fit }, at): readonly Draft[] => {
    if (!fit?.ok) return []
    const text = fit.hasCaption ? (isAlone ? said : item.caption.trim()) : ''
    const file = { file: item.file, type: fit.type, voice: item.isVoice && fit.mayBeVoice }
    return [{ text, file, ...(isAlone && fit.hasCaption ? { mentions } : {}), ...(at === 0 ? reply : {}) }]
  })
  const isSaid = said === '' || files.some(({ text }) => isAlone && text === said)
  return isSaid ? files : [...files, { text: said, mentions, ...(files.length === 0 ? reply : {}) }]
}

/** People of a group, offered after `@`. */
function useOffers(conversation: Conversation, text: string, onPick: (trigger: Trigger, item: Suggestion) => void) {
  const members = useMembers(conversation, text.includes('@'))
  const find = ({ kind, query }: Trigger): readonly Suggestion[] => {
    if (kind !== 'mention') return []
    return ranked(members, query, ({ name }) => name).map(({ contact_id, name, phone }) => ({ id: contact_id, title: name, hint: phone }))
  }
  return { members, suggesting: useSuggesting({ find, onPick }) }
}

/** A voice note can be recorded here, and be sent from this number. */
function mayRecord(capabilities: Capabilities | undefined): boolean {
  return (capabilities?.voice.length ?? 0) > 0 && capabilities?.from_channel != null && canRecord()
}

/** Finds the reader's last message that may still be changed. */
function useLastEditable({ id }: Conversation, capabilities: Capabilities | undefined) {
  const { store } = useWorkspace()
  return () => {
    const { rows } = store.thread(id)
    return rows.findLast((row) => {
      const message = store.message(row.id)
      const isMine = message?.direction === 'outbound' && message.sender.is_me && message.type === 'text'
      return isMine && message.external_id !== undefined && isYoung(message, capabilities?.edit)
    })?.id
  }
}

interface AttachProps {
  readonly files: Capabilities['files'] | undefined
  readonly onFiles: (files: readonly File[]) => void
}

function Attach({ files, onFiles }: AttachProps) {
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
        multiple
        hidden
        accept={acceptOf(files)}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          // The same file may be picked again after it was removed.
          event.target.value = ''
        }}
      />
    </>
  )
}

function Emoji({ onPick }: { readonly onPick: (emoji: string) => void }) {
  const { words } = useSpeech()
  const button = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <IconButton
        ref={button}
        label={words.emoji.open}
        aria-expanded={isOpen}
        onPointerEnter={EmojiPicker.prefetch}
        onClick={() => setOpen(!isOpen)}
        className="max-sm:hidden"
      >
        <Smile aria-hidden size={20} />
      </IconButton>
      {isOpen && (
        <Popover anchor={button} label={words.emoji.open} onClose={() => setOpen(false)}>
          <EmojiPicker
            onPick={(emoji) => {
              setOpen(false)
              onPick(emoji)
            }}
          />
        </Popover>
      )}
    </>
  )
}
