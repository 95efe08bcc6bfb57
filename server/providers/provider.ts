import type { Capabilities } from '../../contract/capability.ts'
import type { ChannelStatus } from '../../contract/channel.ts'
import type { Content, FileType } from '../../contract/content.ts'
import type { DeliveryState } from '../../contract/delivery.ts'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import type { SendFailure } from '../../contract/message.ts'
import type { Template } from '../../contract/template.ts'
import type { Json } from '../lib/json.ts'
import type { AccountLink, Accounts, Sessions } from './accounts.ts'
import type { Road } from '../lib/roads.ts'
import type { LinkedPhone, LoginFlows, Numbers } from './numbers.ts'
import type { OutboundDeed, OutboundMessage, Sent } from './outbound.ts'
import type { Fact, Target, Task } from './task.ts'
import type { Watch } from './watch.ts'

export type { Json } from '../lib/json.ts'
export type { OutboundDeed, OutboundFile, OutboundMention, OutboundMessage, Sent } from './outbound.ts'
export type { Target, Task } from './task.ts'
export type { Watch } from './watch.ts'

/**
 * One way to reach WhatsApp. Knows its network; knows neither our database nor our HTTP server: what it must remember goes
 * out as facts, what it must do later as tasks, what it received as raw batches, and the inbox keeps them.
 */
export interface Provider {
  readonly name: ProviderName
  readonly intake: Intake
  /** The line out of one channel. No I/O. */
  connect(channel: ChannelLink): Connection
  /** Does one durable task that `parse` or an earlier task asked for; `account` is null where there is none (any more). Repeatable. Throws to be run again later. */
  run(task: Task, account: AccountLink | null, signal: AbortSignal): Promise<TaskResult>
  /** Present where each person or number needs an account on the network. */
  readonly accounts?: Accounts
  /** Present where the network may end the session of an account. */
  readonly sessions?: Sessions
  readonly numbers: Numbers
  /** What is to be looked up again and again, for each account: every so many milliseconds. */
  readonly routine?: { readonly everyMs: number; tasks(account: AccountLink): readonly Task[] }
  /** Present where a phone is linked by QR or pairing code. */
  readonly login?: LoginFlows
}
/** The road that it serves; what is kept of its batches, facts and cursors stands under this name. */
export type ProviderName = Road

// --- what comes in -----------------------------------------------------------------------------------------------

/** How raw batches come in. Whatever is received is stored before it is understood. */
export interface Intake {
  readonly push?: Push
  readonly pull?: Pull
  /** Present where what is pushed may get lost. */
  readonly watch?: Watch
  /**
   * The facts that `parse` needs to understand this batch. Pure. What a fact says may name further ones (a room its number):
   * asked again with what was found until it names nothing new, which is after three rounds at most.
   */
  factKeys(batch: RawBatch, known: Facts): readonly string[]
  /** The facts that tell of this person and of nobody else: forgotten when the person is erased. */
  personKeys?(person: ExternalId): readonly string[]
  /** Pure, so that a stored batch can be read again after the mapping was mended. Never throws for one bad event: see `dead`. */
  parse(batch: RawBatch, facts: Facts): Parsed
}

/** Requests that the network sends to us. */
export interface Push {
  /** Whether this request is for this provider. Decides by method and path alone. */
  matches(method: string, path: string): boolean
  /** Checks who is calling and names the batch; touches nothing. */
  receive(request: RawRequest): RawReply
}
export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}
/** `accept`: keep the batch, then answer `reply`. `answer`: nothing to keep. Bodies are JSON texts unless `plain`. */
export type RawReply =
  | { readonly accept: RawBatch; readonly reply: string }
  | { readonly answer: string; readonly status?: 200 | 404; readonly plain?: true }
  | { readonly reject: 400 | 401 | 403 | 503; readonly reply: string }

/** What we ask the network for, account by account. */
export interface Pull {
  /** `live` asks again and again; `audit` asks now and then, because pushes carry the same. */
  readonly pace: 'live' | 'audit'
  /** The stream of this account, whose cursor the batches carry. */
  streamOf(account: AccountLink): string
  /** One request. Resolves with an empty batch when nothing came within the time-out. Throws when the network is away. */
  poll(account: AccountLink, cursor: string | null, timeoutMs: number, signal: AbortSignal): Promise<RawBatch | null>
}

/**
 * What arrived, unread. `key` is unique in its stream (a repeated delivery has the same key); `cursor` is where the stream
 * goes on after this batch.
 */
export interface RawBatch {
  readonly stream: string
  readonly key: string
  readonly body: string
  readonly cursor?: string
  /** When it was kept, RFC 3339; absent until then. */
  readonly receivedAt?: string
}

/** What the provider has learnt and asked to be remembered, by key. */
export type Facts = ReadonlyMap<string, Json>

export interface Parsed {
  readonly items: readonly ParsedItem[]
  /** Whole new values; null forgets. */
  readonly facts: readonly Fact[]
  readonly tasks: readonly Task[]
  /** Keys that are known from now on: what was deferred for them is parsed again. */
  readonly resolved: readonly string[]
}
export type ParsedItem =
  | InboundEvent
  /**
   * Cannot be understood until the fact `waitsFor` is known; `raw` then comes back in a batch of the stream `deferred`, whose
   * body is the JSON array of such raws.
   */
  | { readonly type: 'deferred'; readonly waitsFor: string; readonly raw: Json }
  /** An event of a chat that is of a kind which we do not know yet: kept to be read again after an update. */
  | { readonly type: 'unknown'; readonly networkType: string; readonly id: ExternalId; readonly raw: Json }
  /** Threw while it was read: kept as a dead letter; a redrive brings `raw` back in the same way. */
  | { readonly type: 'dead'; readonly error: string; readonly raw: Json }

interface EventBase {
  /** Which of our channels, as the network names it. */
  readonly channel: ExternalId
  readonly conversation: ExternalId
  /** RFC 3339. When it happened, as the network says. */
  readonly at: string
}

/** What happened on the network, in our words. `attempt` names the attempt or deed of ours that this is the echo of. */
export type InboundEvent =
  | InboundMessage
  | (EventBase & {
      readonly type: 'edit'
      readonly id: ExternalId
      readonly target: ExternalId
      readonly sender: Sender
      readonly content: InboundContent
      readonly silent: boolean
      readonly raw?: Json
      readonly attempt?: string
    })
  /** `disappeared`: by the chat's timer, rather than by whoever wrote it. */
  | (EventBase & {
      readonly type: 'delete'
      readonly id: ExternalId
      readonly target: ExternalId
      readonly by: Sender
      readonly disappeared?: true
      readonly attempt?: string
    })
  /** What somebody chooses in a poll now, by the words of its options; nothing takes the choice back. */
  | (EventBase & {
      readonly type: 'vote'
      readonly id: ExternalId
      readonly target: ExternalId
      readonly sender: Sender
      readonly options: readonly string[]
    })
  | (EventBase & {
      readonly type: 'reaction'
      readonly id: ExternalId
      readonly target: ExternalId
      readonly sender: Sender
      /** Empty: what this person had given is taken back. */
      readonly emoji: string
      readonly attempt?: string
    })
  | Receipt
  | (EventBase & { readonly type: 'typing'; readonly senders: readonly Sender[] })
  | (EventBase & {
      readonly type: 'conversation'
      readonly kind: 'direct' | 'group'
      readonly name?: string
      /** The other side of a direct chat. */
      readonly contact?: Sender
      /** The conversation that this one takes the place of. */
      readonly replaces?: ExternalId
      /** A group's own picture. */
      readonly picture?: Picture
      /** After so many seconds what is said here disappears; 0 for never. */
      readonly disappearingSeconds?: number
      /** Everybody in a group but us; absent where the whole list is not told. */
      readonly members?: readonly Sender[]
      /** The phone has it no more: nothing comes in or goes out. Absent while it has. */
      readonly gone?: { readonly why: 'deleted_on_phone' | 'left'; readonly at: string }
      /** RFC 3339; where one may write freely only for a time after the contact wrote: until when. Never brings the end nearer. */
      readonly windowUntil?: string
    })
  /** Somebody came into a group, or left it. */
  | (EventBase & { readonly type: 'member'; readonly person: Sender; readonly joined: boolean })
  | { readonly type: 'contact'; readonly channel: ExternalId; readonly contact: Sender }
  | {
      readonly type: 'channel'
      readonly channel: ExternalId
      readonly at: string
      readonly status: ChannelStatus
      readonly detail?: string
      readonly phoneSeenAt?: string
    }
  /** An account of ours turned out to have this number: it becomes a channel of the account's owner, if it may be theirs. */
  | { readonly type: 'phone'; readonly account: ExternalId; readonly phone: LinkedPhone }
  /** Something became known of a template of an account; or all that it has, one after another. */
  | { readonly type: 'template'; readonly account: ExternalId; readonly template: TemplateNews }
  | { readonly type: 'templates'; readonly account: ExternalId; readonly templates: readonly TemplateDefinition[] }
  /** Seen and of no interest to an inbox; counted by kind. */
  | { readonly type: 'ignored'; readonly networkType: string }

export interface InboundMessage extends EventBase {
  readonly type: 'message'
  readonly id: ExternalId
  readonly sender: Sender
  readonly content: InboundContent
  readonly replyTo?: ExternalId
  /** What the message that is answered says, where that is told with the answer. */
  readonly replyPreview?: string
  readonly forwarded: boolean
  /** What it was read from, where that was not wholly understood: kept, and brought back in a batch of the stream `reread`. */
  readonly raw?: Json
  /** Set by the inbox for what it has read again: the message is here and may be understood better now. */
  readonly again?: true
  /** The send attempt of ours that this is the echo of. */
  readonly attempt?: string
  /** Told from the past: no notification, not unread. */
  readonly history: boolean
  /** As with `conversation`. */
  readonly windowUntil?: string
  /**
   * The message of the same time that follows it in the conversation, where the network tells: times in whole seconds do not order
   * everything. One of another time is passed over.
   */
  readonly next?: ExternalId
}

/** How far one of our messages has come. `upTo` means this message and all before it in the conversation. */
export interface Receipt extends EventBase {
  readonly type: 'receipt'
  readonly target: ExternalId
  readonly upTo: boolean
  /** Absent when the network speaks for itself rather than for a person. */
  readonly from?: Sender
  /** The attempt or deed of ours that `target` is, where the network tells it: known although its own answer was lost. */
  readonly attempt?: string
  readonly state: DeliveryState
  /** With `failed`: why. With any other state: the network doubts, and `state` is not raised. */
  readonly error?: SendFailure & { readonly certain: boolean }
}

/** A person as the network names them. The phone is a fact about them, not their identity. */
export interface Sender {
  readonly id: ExternalId
  /** Our own number spoke: from the phone or by us. */
  readonly isUs: boolean
  readonly phone?: string
  readonly hiddenId?: string
  readonly displayName?: string
  /** Absent where it is not known whether they have one. */
  readonly picture?: Picture
  /** What the network called them before: the same person. */
  readonly formerly?: ExternalId
  /** What businesses are told instead of a phone: each is one person's within its scope (`protocol/meta.md` 5.4). */
  readonly businessIds?: readonly { readonly id: string; readonly scope: string }[]
  /** What they are called by strangers: may pass to somebody else, so it finds nobody. */
  readonly username?: string
}

/** A picture of somebody or of a group, to be fetched as `Connection.fetchMedia` does; null where they have none. */
export type Picture = Readonly<Record<string, Json>> | null

/** A file that can be fetched later. `ref` is opaque to everyone but the provider. */
export interface InboundFile {
  readonly type: FileType
  readonly mimeType: string
  readonly fileName?: string
  readonly sizeBytes?: number
  readonly width?: number
  readonly height?: number
  readonly durationMs?: number
  readonly voice?: boolean
  readonly gif?: boolean
  /** Loudness in per cent of the loudest. */
  readonly waveform?: readonly number[]
  readonly ref: Readonly<Record<string, Json>>
}
/** Somebody whom a text names, in UTF-16 units of it. */
export interface InboundMention {
  readonly person: Sender
  readonly offset: number
  readonly length: number
}
type Told<T> = 'mentions' extends keyof T ? Omit<T, 'mentions'> & { readonly mentions?: readonly InboundMention[] } : T
type Plain<T> = T extends unknown
  ? T extends FileContent
    ? Told<Omit<T, 'attachments'>> & { readonly files: readonly InboundFile[] }
    : Told<T>
  : never
type FileContent = Extract<Content, { readonly attachments: unknown }>
/** Content whose files have not been fetched yet, and whose people are as the network names them. */
export type InboundContent = Plain<Content>

export interface TaskResult {
  readonly batches: readonly RawBatch[]
  /** Goes on with this one; stored together with the batches. */
  readonly next?: Task
}

// --- accounts and linking ----------------------------------------------------------------------------------------

export type { AccountLink, AccountRequest, Accounts, Sessions } from './accounts.ts'

export type { LinkedPhone, LoginFlows, LoginRequest, LoginStep, Numbers } from './numbers.ts'

// --- templates ---------------------------------------------------------------------------------------------------

/** A message that the network has approved beforehand, in one language. */
export type TemplateDefinition = Template & { readonly id: string }
/** What became known of one template; what is left out stands. */
export type TemplateNews =
  | ({ readonly id: string } & Partial<Pick<Template, 'category' | 'status' | 'quality' | 'reason'>>)
  | { readonly id: string; readonly removed: true }

// --- what goes out -----------------------------------------------------------------------------------------------

export interface ChannelLink {
  readonly id: ChannelId
  readonly external: ExternalId
  readonly account: AccountLink
}
/** Whom to begin a chat with: by phone, or by another id of somebody whose phone is not known. */
export type Addressee = { readonly phone: string } | { readonly hiddenId: string } | { readonly businessId: string }

/** A chat that is there now, whoever began it. `name` is the network's own. */
export interface OpenedChat {
  readonly conversation: ExternalId
  readonly contact: Sender
  readonly name?: string
  /** As with the event `conversation`. */
  readonly windowUntil?: string
}

/** A channel's line out. A method that is missing is a thing the network cannot do. */
export interface Connection {
  /** Throws SendError. */
  send(message: OutboundMessage, signal: AbortSignal): Promise<Sent>
  /** Present where an attempt that is made twice makes two messages: one whose fate nobody wrote down is then in doubt. */
  readonly repeatable?: false
  /** Which fact a message or deed in this conversation is sent by, given to it as `known`. Absent where none is needed. */
  sendKey?(conversation: ExternalId): string
  /** Throws SendError. */
  perform?(deed: OutboundDeed, signal: AbortSignal): Promise<Sent>
  /** Why this can never go by this road, in a sentence, known before anything is sent. Undefined: nothing is wrong with it. */
  refusal?(said: OutboundMessage | OutboundDeed): string | undefined
  markRead?(target: Target): Promise<void>
  /** That we type, or no longer; ends by itself after 20 seconds. */
  setTyping?(where: TypingPlace, on: boolean, signal: AbortSignal): Promise<void>
  /** The largest file in bytes that the network's first leg takes; undefined when it does not say. */
  largestFile?(signal: AbortSignal): Promise<number | undefined>
  /**
   * Finds or begins the chat with somebody; the same person gives the same chat, however often it is asked for. Throws AppError:
   * recipient_unreachable for who is not there, channel_not_connected, provider_unavailable, provider_rejected.
   */
  open?(addressee: Addressee, signal: AbortSignal): Promise<OpenedChat>
  fetchMedia(ref: Readonly<Record<string, Json>>, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Which fact tells the limits of a conversation. */
  limitsKey(conversation: ExternalId): string
  limits(fact: Json): Limits
}
/** `newest` is the newest message of the contact, if there is one: some networks tell of typing only together with having read it. */
export interface TypingPlace {
  readonly conversation: ExternalId
  readonly newest?: ExternalId
}
/** `windowed`: all but templates can be sent only while the conversation's window is open. */
export type Limits = Omit<Capabilities, 'from_channel' | 'route_unavailable' | 'window_closes_at'> & { readonly windowed?: true }
