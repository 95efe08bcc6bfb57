import { ChevronLeft, ChevronRight, FileText, Film, Music, X } from 'lucide-react'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Choice } from '../../../ui/field.tsx'
import { useFileUrl } from '../../../ui/use-file-url.ts'
import { plainName, shortName } from '../thread/text/file-name.ts'
import type { Fitted } from './drafts-of.ts'
import type { TrayFile } from './tray.ts'

export interface FileTrayProps {
  readonly files: readonly Fitted[]
  readonly onChange: (key: string, change: Partial<TrayFile>) => void
  readonly onMove: (key: string, step: -1 | 1) => void
  readonly onRemove: (key: string) => void
}

/** The files that go with the next press on Send, each with its words, its place and what is wrong with it. */
export function FileTray({ files, onChange, onMove, onRemove }: FileTrayProps) {
  const { words } = useSpeech()
  const isAlone = files.length === 1
  return (
    <ul aria-label={words.tray.files} className="flex gap-2 overflow-x-auto pb-1">
      {files.map(({ item, fit }, at) => (
        <li
          key={item.key}
          className={`grid shrink-0 grid-cols-1 content-start gap-1 rounded-xl border border-line bg-surface2 p-2 ${isAlone ? 'w-full max-w-md' : 'w-56'}`}
        >
          <div className="flex items-center gap-2">
            <Thumbnail file={item.file} />
            <Facts item={item} fit={fit} />
            <IconButton label={words.tray.remove(plainName(item.file.name))} onClick={() => onRemove(item.key)}>
              <X aria-hidden size={18} />
            </IconButton>
          </div>
          <Trouble item={item} fit={fit} onAsDocument={() => onChange(item.key, { asDocument: true })} />
          {fit?.ok && fit.mayBeVoice && (
            <Choice
              label={words.composer.asVoice}
              checked={item.isVoice}
              onChange={(event) => onChange(item.key, { isVoice: event.target.checked })}
            />
          )}
          {!isAlone && fit?.ok && fit.hasCaption && (
            <input
              dir="auto"
              value={item.caption}
              aria-label={words.tray.captionOf(plainName(item.file.name))}
              placeholder={words.tray.caption}
              onChange={(event) => onChange(item.key, { caption: event.target.value })}
              // Enter in a form would press its first button.
              onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
              className="target w-full rounded-lg border border-control bg-surface px-2 placeholder:text-muted"
            />
          )}
          {!isAlone && (
            <div className="flex justify-between">
              <IconButton label={words.tray.earlier(plainName(item.file.name))} disabled={at === 0} onClick={() => onMove(item.key, -1)}>
                <ChevronLeft aria-hidden size={18} className="rtl:-scale-x-100" />
              </IconButton>
              <IconButton
                label={words.tray.later(plainName(item.file.name))}
                disabled={at === files.length - 1}
                onClick={() => onMove(item.key, 1)}
              >
                <ChevronRight aria-hidden size={18} className="rtl:-scale-x-100" />
              </IconButton>
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}

function Facts({ item: { file }, fit }: Fitted) {
  const { words, formats } = useSpeech()
  return (
    <p className="min-w-0 flex-1">
      <span className="block truncate">
        {fit?.ok && <span className="text-muted">{words.kinds[fit.type]}: </span>}
        <bdi>{shortName(file.name)}</bdi>
      </span>
      <span className="text-sm text-muted">{formats.bytes(file.size)}</span>
    </p>
  )
}

/** Why it cannot go, and as what it could. */
function Trouble({ item: { file }, fit, onAsDocument }: Fitted & { readonly onAsDocument: () => void }) {
  const { words, formats } = useSpeech()
  if (fit?.ok !== false) return null
  const name = shortName(file.name)
  return (
    <div role="alert" className="text-sm text-danger">
      {fit.reason === 'too_big'
        ? words.composer.tooBig(name, formats.bytes(file.size), formats.bytes(fit.maxBytes))
        : words.composer.wrongType(name)}
      {fit.reason === 'too_big' && fit.asDocument && (
        <Button look="quiet" onClick={onAsDocument} className="-ms-4">
          {words.tray.asDocument}
        </Button>
      )}
    </div>
  )
}

function Thumbnail({ file }: { readonly file: File }) {
  const url = useFileUrl(file, file.type.startsWith('image/') && file.type !== 'image/svg+xml')
  const Icon = file.type.startsWith('video/') ? Film : file.type.startsWith('audio/') ? Music : FileText
  if (url) return <img src={url} alt="" className="size-12 shrink-0 rounded-lg object-cover" />
  return (
    <span aria-hidden className="inline-flex size-12 shrink-0 items-center justify-center rounded-lg bg-surface text-muted">
      <Icon size={22} />
    </span>
  )
}
