import type { ExternalId } from '../../../../contract/ids.ts'
import type { Json } from '../../provider.ts'
import { digitsOf } from '../names.ts'
import { readChat } from '../reading/facts.ts'

/** Where a request goes: a phone in `to`, a user id in `recipient`; the other way round it is lost without a word (`protocol/meta.md` 0.4). */
export type Address = { readonly recipient_type: 'individual' | 'group' } & ({ readonly to: string } | { readonly recipient: string })

/** The address of a conversation, by what is known of it. The phone goes first: it lets the network tell it to us further on. */
export function addressOf(conversation: ExternalId, known: Json | undefined): Address {
  const chat = readChat(known)
  if (chat?.group === true) return { recipient_type: 'group', to: conversation }
  // Without a plus the network would put the country of our own number before it.
  const digits = digitsOf(chat?.phone) ?? digitsOf(conversation)
  return digits === undefined
    ? { recipient_type: 'individual', recipient: conversation }
    : { recipient_type: 'individual', to: `+${digits}` }
}
