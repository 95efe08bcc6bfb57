import type { ExternalId } from '../../../../contract/ids.ts'
import type { Json, OutboundDeed } from '../../provider.ts'
import { attemptKey } from '../config.ts'
import type { OutboundEvent } from './map-out.ts'
import { bodyOf } from './text-out.ts'

/** What a deed is on Matrix: an event, or the redaction of one. */
export type DeedRequest =
  | { readonly type: 'send'; readonly event: OutboundEvent }
  | { readonly type: 'redact'; readonly target: ExternalId; readonly content: Readonly<Record<string, Json>> }

/**
 * A deed as the bridge turns it into WhatsApp's (protocol/bridge.md 5.2). A second reaction takes the place of the first by itself: the
 * bridge takes the first one away on Matrix, and the contact never sees a moment without.
 */
export function toDeedRequest(deed: OutboundDeed, commandPrefix: string): DeedRequest {
  const mine = { [attemptKey]: deed.attempt }
  const target = { event_id: deed.target }
  switch (deed.type) {
    case 'react': {
      const relation = { 'm.relates_to': { rel_type: 'm.annotation', key: deed.emoji, ...target } }
      return { type: 'send', event: { type: 'm.reaction', content: { ...relation, ...mine } } }
    }
    case 'edit': {
      // What only old clients show of an edit stands outside; nobody is named there, as they were named before.
      const fallback = { msgtype: 'm.text', ...bodyOf({ text: `* ${deed.text}` }, commandPrefix) }
      const relation = {
        'm.new_content': { msgtype: 'm.text', ...bodyOf(deed, commandPrefix) },
        'm.relates_to': { rel_type: 'm.replace', ...target },
      }
      return { type: 'send', event: { type: 'm.room.message', content: { ...fallback, ...relation, ...mine } } }
    }
    case 'unreact':
      return { type: 'redact', target: deed.reaction, content: mine }
    case 'delete':
      return { type: 'redact', target: deed.target, content: mine }
  }
}
