import { type ReactNode, useCallback } from 'react'
import type { Message, Receipt } from '../../../../contract/message.ts'
import { useLoaded, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../i18n/thread-late.ts'
import { WhenLoaded } from '../../settings/card.tsx'

const MOST = 200

interface StoryProps {
  readonly message: Message
}

/** What a message said before, the newest first, each with the time from which it said so. */
export function Versions({ message }: StoryProps) {
  const { formats } = useSpeech()
  const { versions: words } = useThreadLateWords()
  const { client } = useWorkspace()
  const { id, edited_at } = message
  const load = useCallback(
    // Another edit is another list.
    (signal: AbortSignal) => (void edited_at, client.call('listVersions', { params: { message_id: id }, query: { limit: MOST }, signal })),
    [client, id, edited_at],
  )
  const versions = useLoaded(load)
  return (
    <Story title={words.title}>
      <WhenLoaded of={versions}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-muted">{words.none}</p>
          ) : (
            <ol className="grid gap-3">
              {items.toReversed().map(({ text, written_at }) => (
                <li key={written_at} className="grid gap-0.5">
                  <time dateTime={written_at} className="text-xs text-muted">
                    {formats.dateTime(written_at)}
                  </time>
                  <p dir="auto" className="break-words whitespace-pre-wrap">
                    {text}
                  </p>
                </li>
              ))}
            </ol>
          )
        }
      </WhenLoaded>
    </Story>
  )
}

/** Who in a group has read what we said and who has got it, as far as WhatsApp tells. */
export function Readers({ message }: StoryProps) {
  const { readers: words } = useThreadLateWords()
  const { client } = useWorkspace()
  const { id, receipts } = message
  const { delivered = 0, read = 0, of } = receipts ?? {}
  const load = useCallback(
    // More receipts are another list.
    (signal: AbortSignal) => (
      void [delivered, read],
      client.call('listReceipts', { params: { message_id: id }, query: { limit: MOST }, signal })
    ),
    [client, id, delivered, read],
  )
  const people = useLoaded(load)
  return (
    <Story title={words.title}>
      <WhenLoaded of={people}>
        {({ items }) => {
          const readers = items.filter(({ read_at }) => read_at !== undefined)
          const others = items.filter(({ read_at }) => read_at === undefined)
          const unknown = (of ?? 0) - delivered
          return (
            <>
              <People people={readers} timeOf={({ read_at }) => read_at} />
              {others.length > 0 && (
                <>
                  <h3 className="text-sm font-medium text-muted">{words.got}</h3>
                  <People people={others} timeOf={({ delivered_at }) => delivered_at} />
                </>
              )}
              {unknown > 0 && <p className="text-sm text-muted">{words.unknown(unknown)}</p>}
            </>
          )
        }}
      </WhenLoaded>
    </Story>
  )
}

interface PeopleProps {
  readonly people: readonly Receipt[]
  readonly timeOf: (person: Receipt) => string | undefined
}

function People({ people, timeOf }: PeopleProps) {
  const { formats } = useSpeech()
  return (
    <ul className="grid gap-2">
      {people.map((person) => {
        const at = timeOf(person)
        return (
          <li key={person.contact_id} className="flex items-baseline gap-3">
            <bdi className="min-w-0 flex-1 truncate">{person.name || person.phone}</bdi>
            {at !== undefined && (
              <time dateTime={at} className="shrink-0 text-sm text-muted">
                {formats.dateTime(at)}
              </time>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function Story({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    // Long ones are scrolled, also by the keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div tabIndex={0} data-autofocus className="grid gap-3 p-4 text-[0.9375rem] leading-normal sm:w-80">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </div>
  )
}
