import type { ReactNode } from 'react'
import type { Attachment } from '../../../../../contract/content.ts'
import { useSpeech } from '../../../../i18n/language.tsx'
import { Spinner } from '../../../../ui/spinner.tsx'

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

/** The shape of a picture or film before it is loaded, so that nothing moves when it comes. */
export function shapeOf({ width, height }: Attachment): { width: number; aspectRatio: string } | { width: number; height: number } {
  if (!width || !height) return { width: 260, height: 195 }
  const shown = Math.min(width, 320, (320 * width) / height)
  return { width: Math.round(shown), aspectRatio: `${width} / ${height}` }
}
