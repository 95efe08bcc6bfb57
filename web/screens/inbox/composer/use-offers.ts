import { useCallback, useEffect, useState } from 'react'
import type { CannedReply } from '../../../../contract/canned-reply.ts'
import type { Conversation, Member } from '../../../../contract/conversation.ts'
import { fillCannedReply } from '../../../../contract/fill-canned-reply.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { type EmojiEntry, loadEmoji } from './emoji.ts'
import { ranked, type Trigger } from './suggest.ts'
import type { Suggestion } from './suggestions.tsx'
import { useMembers } from './use-members.ts'
import { type Suggesting, useSuggesting } from './use-suggesting.ts'

interface Offers {
  /** Who can be named here. */
  readonly members: readonly Member[]
  readonly suggesting: Suggesting
  /** What the list of offers is called. */
  readonly label: string
}

/** What is offered while one writes an answer: people of a group after `@`, canned replies after `/`, emoji after `:`. */
export function useOffers(conversation: Conversation, text: string, put: (from: number, to: number, piece: string) => void): Offers {
  const { words } = useSpeech()
  const members = useMembers(conversation, text.includes('@'))
  const replies = useCannedReplies(text.startsWith('/'))
  const emoji = useEmoji(/(?:^|\s):\p{L}/u.test(text))
  const fill = useFilling(conversation)
  const find = ({ kind, query }: Trigger): readonly Suggestion[] => {
    switch (kind) {
      case 'mention':
        return ranked(members, query, ({ name }) => name).map(({ contact_id, name, phone }) => ({
          id: contact_id,
          title: name,
          hint: phone,
          piece: `@${name} `,
        }))
      case 'canned':
        return ranked(replies, query, ({ shortcut, title }) => `${shortcut} ${title}`).map((reply) => {
          const piece = fill(reply.text)
          return { id: reply.id, title: `/${reply.shortcut}`, hint: `${reply.title} · ${piece}`, piece }
        })
      case 'emoji':
        return ranked(emoji, query.replaceAll('_', ' '), ([, name, keywords]) => `${name} ${keywords}`).map(([sign, name]) => ({
          id: sign,
          title: sign,
          hint: name,
          piece: `${sign} `,
        }))
    }
  }
  const onPick = ({ start, query }: Trigger, { piece }: Suggestion) => put(start, start + query.length + 1, piece)
  const suggesting = useSuggesting({ find, onPick })
  const label = words.composer[suggesting.trigger?.kind ?? 'mention']
  return { members, suggesting, label }
}

/** Puts what is known here in place of a canned reply's variables. */
function useFilling({ contact, channel_id }: Conversation): (text: string) => string {
  const { user } = useWorkspace()
  const channel = useStored('channels', (store) => store.channel(channel_id))
  const values = { contact: { name: contact?.name, phone: contact?.phone }, agent: { name: user.name }, channel: { name: channel?.name } }
  return (text) => fillCannedReply(text, values).text
}

/** Read anew each time that they are wanted: a colleague may have changed them. */
function useCannedReplies(isWanted: boolean): readonly CannedReply[] {
  const { client } = useWorkspace()
  const load = useCallback(
    async (signal: AbortSignal) => (await client.call('listCannedReplies', { query: { limit: 200 }, signal })).items,
    [client],
  )
  return useWanted(isWanted, load)
}

function useEmoji(isWanted: boolean): readonly EmojiEntry[] {
  const { language } = useSpeech()
  const load = useCallback(async (signal: AbortSignal) => (await loadEmoji(language, signal)).flatMap((group) => group.emoji), [language])
  return useWanted(isWanted, load)
}

/** What is read when it begins to be wanted. Without an answer nothing is offered, and the text goes as it is typed. */
function useWanted<Item>(isWanted: boolean, load: (signal: AbortSignal) => Promise<readonly Item[]>): readonly Item[] {
  const [items, setItems] = useState<readonly Item[]>([])
  useEffect(() => {
    if (!isWanted) return
    const leaving = new AbortController()
    load(leaving.signal).then(
      (next) => leaving.signal.aborted || setItems(next),
      () => undefined,
    )
    return () => leaving.abort()
  }, [isWanted, load])
  return items
}
