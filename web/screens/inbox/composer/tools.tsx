import { Paperclip, Smile } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { useComposing } from '../thread/composing.tsx'
import { acceptOf } from './fit-file.ts'

const EmojiPicker = onDemand(() => import('./emoji-picker.tsx').then((part) => part.EmojiPicker))

interface AttachProps {
  readonly files: Capabilities['files'] | undefined
  readonly onFiles: (files: readonly File[]) => void
}

/** Files from this machine, where the number takes any. */
export function Attach({ files, onFiles }: AttachProps) {
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

/** Emoji by their names, where there is no keyboard that has them. */
export function Emoji({ onPick }: { readonly onPick: (emoji: string) => void }) {
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
