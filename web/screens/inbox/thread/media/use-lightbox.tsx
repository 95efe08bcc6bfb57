import { type ReactNode, useState } from 'react'
import type { Message } from '../../../../../contract/message.ts'
import { onDemand } from '../../../../ui/on-demand.tsx'

const Lightbox = onDemand(() => import('./lightbox.tsx').then((part) => part.Lightbox))

/** Opens a picture or film large, among all those of its conversation that are loaded. `shown` has to be drawn. */
export function useLightbox(message: Message): { readonly open: () => void; readonly shown: ReactNode } {
  const [isOpen, setOpen] = useState(false)
  return { open: () => setOpen(true), shown: isOpen && <Lightbox message={message} onClose={() => setOpen(false)} /> }
}
