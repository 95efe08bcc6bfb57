import type { Content, FileType } from '../../contract/content.ts'
import type { ExternalId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'

/** A file to send. */
export interface OutboundFile {
  readonly type: FileType
  readonly mimeType: string
  readonly fileName: string
  readonly sizeBytes: number
  readonly voice: boolean
  readonly gif?: boolean
  readonly width?: number
  readonly height?: number
  readonly durationMs?: number
  open(): AsyncIterable<Uint8Array>
}
/** Somebody whom a text names, in UTF-16 units of it, as the network names them. */
export interface OutboundMention {
  readonly person: ExternalId
  readonly offset: number
  readonly length: number
}
export interface OutboundMessage {
  /** The attempt's id: repeating a send with the same one never makes a second message on the network's first leg. */
  readonly attempt: string
  readonly conversation: ExternalId
  readonly type: Content['type']
  readonly text: string
  readonly file?: OutboundFile
  readonly mentions?: readonly OutboundMention[]
  readonly content: Readonly<Record<string, Json>>
  readonly replyTo?: { readonly id: ExternalId; readonly sender?: ExternalId }
  /** The fact of `Connection.sendKey`; null where it is not known. */
  readonly known?: Json
}
/** Something that is done to the message `target`, which was sent before; `attempt` as with a message. */
export type OutboundDeed = {
  readonly attempt: string
  readonly conversation: ExternalId
  readonly target: ExternalId
  /** As with a message. */
  readonly known?: Json
} & (
  | { readonly type: 'react'; readonly emoji: string }
  /** Takes back the reaction of ours that the network knows by this id. */
  | { readonly type: 'unreact'; readonly reaction: ExternalId }
  | { readonly type: 'edit'; readonly text: string; readonly mentions?: readonly OutboundMention[] }
  | { readonly type: 'delete' }
)
/**
 * `sending` with an id: taken by the first leg, the network's word is still to come within `proofMs`. With null it comes when it comes,
 * and nothing waits for it.
 */
export interface Sent {
  readonly id: ExternalId
  readonly state: 'sending' | 'sent'
  readonly proofMs: number | null
}
