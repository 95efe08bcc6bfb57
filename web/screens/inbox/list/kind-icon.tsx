import { BarChart3, Contact, FileText, Image, LayoutTemplate, type LucideIcon, MapPin, Mic, Smile, Trash2, Video } from 'lucide-react'

const icons: Readonly<Record<string, LucideIcon>> = {
  image: Image,
  video: Video,
  audio: Mic,
  document: FileText,
  sticker: Smile,
  location: MapPin,
  contacts: Contact,
  poll: BarChart3,
  template: LayoutTemplate,
  deleted: Trash2,
}

/** What kind of message it is, as a small picture; nothing for words. The preview beside it says it too. */
export function KindIcon({ type }: { readonly type: string }) {
  const Icon = icons[type]
  return Icon ? <Icon aria-hidden size={14} className="shrink-0" /> : null
}
