import { MapPin } from 'lucide-react'
import { useSpeech } from '../../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const LocationBubble: Bubble<'location'> = ({ message }) => {
  const { words } = useSpeech()
  const { latitude, longitude, name, address, live } = message.location
  const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`
  return (
    <>
      <div className="flex gap-2">
        <MapPin aria-hidden size={22} className="mt-0.5 shrink-0 text-brand" />
        <div className="min-w-0">
          <p className="font-medium">{name ?? (live ? words.message.live : words.kinds.location)}</p>
          {address && <p className="text-sm">{address}</p>}
          <p className="text-sm text-muted">{place}</p>
          <a
            href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
            target="_blank"
            rel="noreferrer"
            className="target inline-flex items-center text-brand underline"
          >
            {words.message.map}
          </a>
        </div>
      </div>
      <Caption text={message.text} />
    </>
  )
}
