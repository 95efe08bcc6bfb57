import type { Conversation } from '../../contract/conversation.ts'
import type { ConversationId } from '../../contract/ids.ts'
import { activeAt } from './conversation-list.ts'
import { fold } from './fold.ts'

/** What each conversation is found by, computed once. */
const texts = new WeakMap<Conversation, string>()

function textOf(conversation: Conversation): string {
  const known = texts.get(conversation)
  if (known !== undefined) return known
  const { name, contact } = conversation
  const text = fold([name, contact?.name, contact?.username, contact?.phone].filter(Boolean).join('\n'))
  texts.set(conversation, text)
  return text
}

/** Conversations whose name, number or user name has every word of the query; names that begin with it first, then the latest. */
export function findPeople(conversations: Iterable<Conversation>, query: string, limit: number): readonly ConversationId[] {
  const words = fold(query).split(/\s+/).filter(Boolean)
  const digits = query.replaceAll(/\D/g, '')
  if (words.length === 0) return []
  const isFound = (text: string) =>
    words.every((word) => text.includes(word)) || (digits.length >= 3 && /^[\d\s()+.-]+$/.test(query) && text.includes(digits))
  const found = [...conversations].filter((conversation) => isFound(textOf(conversation)))
  const begins = (conversation: Conversation) => (textOf(conversation).startsWith(words[0] ?? '') ? 0 : 1)
  return found
    .toSorted((a, b) => begins(a) - begins(b) || (activeAt(a) < activeAt(b) ? 1 : -1))
    .slice(0, limit)
    .map(({ id }) => id)
}
