import { Mic, SendHorizontal } from 'lucide-react'
import { useRef, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import { fillCannedReply } from '../../../../contract/fill-canned-reply.ts'
import type { ConversationId } from '../../../../contract/ids.ts'
import type { Message } from '../../../../contract/message.ts'
import { tell, useCommand } from '../../../commands.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { numberTitle } from '../../number-title.ts'
import { useComposing } from '../thread/composing.tsx'
import { isYoung } from '../thread/message-age.ts'
import { WindowLeft } from './closed-window.tsx'
import { draftsOf } from './drafts-of.ts'
import { fitFile } from './fit-file.ts'
import { justAnswered } from './colleague.ts'
import { ReplyTo } from './reply-to.tsx'
import { mentionsIn } from './suggest.ts'
import { Suggestions } from './suggestions.tsx'
import { TextField } from './text-field.tsx'
import { Attach, Emoji } from './tools.tsx'
import { type Able, CapabilitiesFailed } from './use-capabilities.tsx'
import { useDraft } from './use-draft.ts'
import { usePresence } from './use-presence.ts'
import { useOffers } from './use-offers.ts'
import type { Tray } from './use-tray.ts'
import { useTyping } from './use-typing.ts'
import { canRecord } from './voice/can-record.ts'

const FileTray = onDemand(() => import('./file-tray.tsx').then((part) => part.FileTray))
const SendAnyway = onDemand(() => import('./send-anyway.tsx').then((part) => part.SendAnyway))
const StrangerNotice = onDemand(() => import('./stranger-notice.tsx').then((part) => part.StrangerNotice))
const VoiceBar = onDemand(() => import('./voice/voice-bar.tsx').then((part) => part.VoiceBar))

interface WriteFormProps {
  readonly conversation: Conversation
  readonly able: Able
  readonly tray: Tray
}

/** The field, the files that wait, and what else can be put into an answer. */
export function WriteForm({ conversation, able, tray }: WriteFormProps) {
  const { capabilities } = able
  const { words } = useSpeech()
  const { store, sends } = useWorkspace()
  const { id } = conversation
  const { composing, end, begin } = useComposing()
  const [isRecording, setRecording] = useState(false)
  const [answered, setAnswered] = useState<{ readonly message: Message; readonly closes: boolean }>()
  const findEditable = useLastEditable(conversation, capabilities)
  const field = useRef<HTMLTextAreaElement>(null)
  const toContact = useTyping(id, capabilities?.typing === true)
  const toColleagues = usePresence(id)
  const onText = (hasText: boolean) => {
    toContact(hasText)
    toColleagues(hasText)
  }
  const { text, write, put } = useDraft({ id, mode: 'reply', field, onText })
  const fitted = tray.files.map((item) => ({ item, fit: capabilities && fitFile(item.file, capabilities.files, item.asDocument) }))
  const spare = capabilities ? text.trim().length - capabilities.text.max_length : 0
  const isEmpty = text.trim() === '' && fitted.length === 0
  // What may be sent is asked when the conversation is opened; a word that is quicker than the answer goes, and the server says what it thinks of it.
  const isRefused = capabilities !== undefined && !capabilities.from_channel
  const { missing } = fillCannedReply(text, {})
  const maySend = !isRefused && !isEmpty && spare <= 0 && missing.length === 0 && fitted.every(({ fit }) => fit?.ok === true)
  const { members, suggesting, label } = useOffers(conversation, text, put)
  const reply = composing?.mode === 'reply' ? { reply_to_id: composing.message } : {}

  const send = ({ isSure = false, closes = false }: { readonly isSure?: boolean; readonly closes?: boolean } = {}) => {
    if (!maySend) return
    const other = isSure
      ? undefined
      : justAnswered(
          store
            .thread(id)
            .rows.slice(-20)
            .map((row) => store.message(row.id)),
          Date.now(),
        )
    setAnswered(other && { message: other, closes })
    if (other) return
    const said = text.trim()
    for (const draft of draftsOf(fitted, said, mentionsIn(said, members), reply)) sends.send(id, draft)
    end()
    write('')
    tray.clear()
    if (closes && conversation.status !== 'closed') tell('close')
  }

  useCommand('sendAndClose', () => send({ closes: true }), maySend)

  return (
    <form
      className="relative grid grid-cols-1 gap-2 bg-surface p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Known id={id} able={able} />
      {fitted.length > 0 && <FileTray files={fitted} onChange={tray.change} onMove={tray.move} onRemove={tray.remove} />}
      <Unready spare={spare} blanks={missing} />
      {suggesting.items.length > 0 && (
        <Suggestions id={suggesting.list} label={label} items={suggesting.items} active={suggesting.active} onPick={suggesting.pick} />
      )}
      {answered && (
        <SendAnyway
          message={answered.message}
          onSend={() => send({ isSure: true, closes: answered.closes })}
          onClose={() => setAnswered(undefined)}
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
            label={words.composer.label}
            placeholder={fitted.length === 1 ? words.tray.caption : words.composer.placeholder}
            suggesting={suggesting}
            onText={write}
            onSend={(closes) => send({ closes })}
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

/** What one should know before writing: what is answered, from which number it leaves, and for how long one may. */
function Known({ id, able: { capabilities, failed } }: { readonly id: ConversationId; readonly able: Able }) {
  const { words } = useSpeech()
  const { composing, end } = useComposing()
  const from = capabilities?.from_channel
  const isSilent = useStored(`thread:${id}`, (store) => {
    const { state, hasOlder, rows } = store.thread(id)
    return state === 'ready' && !hasOlder && rows.length === 0
  })
  return (
    <>
      {isSilent && from && <StrangerNotice id={id} from={from.id} />}
      {failed && <CapabilitiesFailed {...failed} />}
      {composing?.mode === 'reply' && <ReplyTo conversation={id} id={composing.message} onCancel={end} />}
      {from?.rerouted && <p className="px-2 text-sm text-warn">{words.composer.from(numberTitle(from))}</p>}
      {capabilities && <WindowLeft window_closes_at={capabilities.window_closes_at} />}
    </>
  )
}

/** Why what is written cannot go yet: signs too many, and what a canned reply left open. */
function Unready({ spare, blanks }: { readonly spare: number; readonly blanks: readonly string[] }) {
  const { words } = useSpeech()
  const why = [spare > 0 && words.composer.tooLong(spare), blanks.length > 0 && words.composer.blanks(blanks.join(', '))].filter(Boolean)
  if (why.length === 0) return null
  return (
    <p role="alert" className="px-2 text-sm text-danger">
      {why.join(' ')}
    </p>
  )
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
