import { MapPin } from 'lucide-react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useRowTab } from '../row-focus.ts'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

/** A place in words. No map is fetched: whose it is would learn what is looked at here. */
export const LocationBubble: Bubble<'location'> = ({ message }) => {
  const { words, formats } = useSpeech()
  const tab = useRowTab()
  const { latitude, longitude, name, address, live } = message.location
  const at = `${latitude},${longitude}`
  const maps = [
    { name: 'OpenStreetMap', url: `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}` },
    { name: 'Google Maps', url: `https://www.google.com/maps/search/?api=1&query=${at}` },
  ]
  return (
    <>
      <div className="flex max-w-80 gap-2">
        <MapPin aria-hidden size={22} className="mt-0.5 shrink-0 text-brand" />
        <div className="min-w-0 wrap-anywhere">
          <p dir="auto" className="font-medium">
            {name ?? (live ? words.message.live : words.kinds.location)}
          </p>
          {address && (
            <p dir="auto" className="text-sm">
              {address}
            </p>
          )}
          <p className="text-sm text-muted">
            <bdi dir="ltr">
              {latitude.toFixed(5)}, {longitude.toFixed(5)}
            </bdi>
            {live && ` · ${formats.dateTime(message.edited_at ?? message.sent_at)}`}
          </p>
          <p className="flex flex-wrap gap-x-4">
            {maps.map((map) => (
              <a
                key={map.name}
                href={map.url}
                target="_blank"
                rel="noopener noreferrer"
                tabIndex={tab}
                aria-label={`${words.message.map}: ${map.name}`}
                className="target inline-flex items-center text-brand underline"
              >
                {map.name}
              </a>
            ))}
          </p>
        </div>
      </div>
      <Caption text={message.text} />
    </>
  )
}
