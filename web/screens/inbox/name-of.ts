import type { Conversation } from '../../../contract/conversation.ts'

/** A conversation's name, or the number or user name where it has none. */
export function nameOf({ name, contact }: Pick<Conversation, 'name' | 'contact'>): string {
  return name || contact?.name || contact?.phone || contact?.username || '—'
}
