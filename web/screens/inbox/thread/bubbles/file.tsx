import { FileArchive, FileImage, FileSpreadsheet, FileText, FileWarning, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Attachment } from '../../../../../contract/content.ts'
import { useSpeech } from '../../../../i18n/language.tsx'
import { Spinner } from '../../../../ui/spinner.tsx'
import { useRowTab } from '../row-focus.ts'
import { endingOf, isRisky, plainName, shortName } from '../text/file-name.ts'

interface FileStateProps {
  readonly file: Attachment | undefined
  readonly children: (file: Attachment) => ReactNode
}

/** Draws a file once its bytes are there, and says why not before. */
export function WhenReady({ file, children }: FileStateProps) {
  const { words } = useSpeech()
  switch (file?.status) {
    case 'ready':
      return children(file)
    case 'pending':
      return (
        <p className="py-2">
          <Spinner label={words.message.fileComing} />
        </p>
      )
    case 'expired':
      return <p className="py-2 text-muted">{words.message.fileExpired}</p>
    case 'failed':
    case undefined:
      return <p className="py-2 text-muted">{words.message.fileFailed}</p>
  }
}

const icons: Readonly<Record<string, LucideIcon>> = {
  xls: FileSpreadsheet,
  xlsx: FileSpreadsheet,
  csv: FileSpreadsheet,
  ods: FileSpreadsheet,
  zip: FileArchive,
  rar: FileArchive,
  '7z': FileArchive,
  jpg: FileImage,
  png: FileImage,
}

/** A file to be downloaded, never opened here. What can do harm on the reader's machine is marked as such. */
export function FileLink({ file }: { readonly file: Attachment }) {
  const { words, formats } = useSpeech()
  const tab = useRowTab()
  const name = file.file_name ?? words.kinds[file.type]
  const ending = endingOf(name)
  const risky = isRisky(name, file.mime_type)
  const Icon = risky ? FileWarning : (icons[ending] ?? FileText)
  return (
    <a
      href={`${file.url}?download=true`}
      download={plainName(file.file_name ?? '')}
      tabIndex={tab}
      title={`${words.message.download}: ${plainName(name)}`}
      className="target flex max-w-72 items-center gap-3 rounded-lg bg-surface2 px-3 py-2 text-fg"
    >
      <Icon aria-hidden size={26} className={`shrink-0 ${risky ? 'text-warn' : 'text-brand'}`} />
      <span className="min-w-0">
        <bdi className="block wrap-anywhere">{shortName(name)}</bdi>
        <span className="block text-xs text-muted">
          {[ending.toUpperCase(), file.size_bytes !== undefined && formats.bytes(file.size_bytes)].filter(Boolean).join(' · ')}
        </span>
        {risky && <span className="block text-xs text-warn">{words.media.risky}</span>}
      </span>
    </a>
  )
}

/** The shape of a picture or film before it is loaded, so that nothing moves when it comes. */
export function shapeOf({ width, height }: Attachment): { width: number; aspectRatio: string } | { width: number; height: number } {
  if (!width || !height) return { width: 260, height: 195 }
  const shown = Math.min(width, 320, (320 * width) / height)
  return { width: Math.round(shown), aspectRatio: `${width} / ${height}` }
}
