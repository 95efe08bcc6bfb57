import type { Attachment } from '../../../../../contract/content.ts'
import { useSpeech } from '../../../../i18n/language.tsx'
import { ButtonsOf } from '../template-buttons.tsx'
import { WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { RichText } from '../text/rich-text.tsx'

export const TemplateBubble: Bubble<'template'> = ({ message }) => {
  const { words } = useSpeech()
  const [file] = message.attachments ?? []
  return (
    <>
      {file && <Header file={file} />}
      <RichText text={message.text} />
      <ButtonsOf components={message.template.components ?? []} />
      <p className="text-sm text-muted">{words.message.template(message.template.name, message.template.language)}</p>
    </>
  )
}

function Header({ file }: { readonly file: Attachment }) {
  const { words } = useSpeech()
  return (
    <WhenReady file={file}>
      {({ url, type, file_name }) =>
        type === 'image' ? (
          <img src={url} alt={file_name ?? words.kinds.image} className="mb-1 max-h-60 rounded-lg" />
        ) : (
          <a href={url} className="mb-1 block text-brand underline">
            {file_name ?? words.kinds[type]}
          </a>
        )
      }
    </WhenReady>
  )
}
