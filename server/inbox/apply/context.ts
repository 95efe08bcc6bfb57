import type { ChannelId, ContactId, ExternalId } from '../../../contract/ids.ts'
import type { ConversationKey, KnownConversation } from '../../db/conversations.ts'
import type { Change } from '../../db/events.ts'
import type { NewJob } from '../../db/jobs.ts'
import type { Tx } from '../../db/schema.ts'
import type { NewId } from '../../lib/clock.ts'
import type { InboundEvent } from '../../providers/provider.ts'

/** What the parts of one application share: the transaction, and what it gathers to write at the end. */
export interface Applying {
  readonly tx: Tx
  readonly provider: string
  readonly now: Date
  readonly newId: NewId
  /** The channels of the events, by the name that the network gives them. */
  readonly channels: ReadonlyMap<ExternalId, ChannelId>
  /** Filled by `resolvePeople`: who stands behind each sender. */
  readonly people: Map<ExternalId, ContactId>
  readonly changes: Change[]
  readonly jobs: NewJob[]
}

/** The conversations of the events, as `conversationKey` names them. */
export type Conversations = ReadonlyMap<string, KnownConversation>

/** How a conversation is found among those of one application. */
export const conversationKey = (key: ConversationKey) => `${key.channel_id} ${key.external_id}`

/** The events of one or more types, in their order. */
export function ofType<T extends InboundEvent['type']>(
  events: readonly InboundEvent[],
  ...types: readonly T[]
): readonly Extract<InboundEvent, { type: T }>[] {
  return events.filter((event): event is Extract<InboundEvent, { type: T }> => (types as readonly string[]).includes(event.type))
}

/** The channel of an event. Throws when we have none: the event then becomes a dead letter. */
export function channelOf(applying: Applying, external: ExternalId): ChannelId {
  const channel = applying.channels.get(external)
  if (channel === undefined) throw new Error('no channel of ours has this name')
  return channel
}
