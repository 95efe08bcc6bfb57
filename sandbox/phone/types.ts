/** Bytes that somebody sent; they are kept once, by their hash. */
export type Media = { sha256: string; size: number; mime_type: string }

/** What one WhatsApp message says. `target` is the id of the message it speaks of. */
export type WaContent =
  | { type: 'text'; text: string; mentions?: string[]; everyone?: boolean; preview?: { url: string; title: string } }
  | { type: 'image'; media: Media; caption?: string; width?: number; height?: number }
  | { type: 'video'; media: Media; caption?: string; width?: number; height?: number; duration_ms?: number; gif?: boolean }
  | { type: 'audio'; media: Media; duration_ms?: number }
  | { type: 'voice'; media: Media; duration_ms?: number; waveform?: number[] }
  | { type: 'document'; media: Media; file_name: string; caption?: string }
  | { type: 'sticker'; media: Media; emoji?: string }
  | { type: 'location'; latitude: number; longitude: number; name?: string; address?: string; url?: string }
  | { type: 'contacts'; contacts: { name: string; phone: string }[] }
  | { type: 'poll'; question: string; options: string[]; selectable: number }
  | { type: 'poll_vote'; target: string; options: string[] }
  | { type: 'reaction'; target: string; emoji: string }
  | { type: 'edit'; target: string; text: string }
  | { type: 'revoke'; target: string }
  | { type: 'call'; video: boolean }
  | { type: 'unknown' }
  | RareContent

/** Forms of a business account's message with things to press. */
export type BusinessForm = 'template' | 'buttons' | 'interactive' | 'list'

/** What a linked device tells in words alone. */
export type NoticeAbout = 'pin' | 'keep' | 'history_share' | 'security_code' | 'media_failed' | 'conversion_failed'

/** Content that a linked device shows in part only, or later. */
export type RareContent =
  | { type: 'live_location'; caption?: string }
  | { type: 'album'; images: number; videos: number }
  | { type: 'group_invite'; group_name: string; code: string }
  | { type: 'business'; form: BusinessForm; text: string; buttons: string[] }
  | { type: 'business_reply'; form: BusinessForm; text: string; id: string }
  | { type: 'masked' }
  /** A photo or video that can be looked at once: linked devices get a placeholder, or a notice where they are told not to show it. */
  | { type: 'view_once'; shown: 'placeholder' | 'notice' }
  | { type: 'notice'; about: NoticeAbout }
  | { type: 'event_invite'; name: string; starts_at: string }
  /** What an artificial intelligence answered, in Markdown. */
  | { type: 'ai'; text: string }
  | { type: 'undecryptable' }
  | { type: 'missing_media'; media_type: 'image' | 'video' | 'audio' | 'document' | 'sticker' }
  /** The real content of an earlier `undecryptable` or `missing_media`, or a better copy of an image or video. */
  | { type: 'late'; target: string; content: WaContent }
  /** A disappearing message has disappeared. */
  | { type: 'disappeared'; target: string }
  /** Messages of this chat disappear after so long, 0 for never. */
  | { type: 'timer'; ms: number }

/** One message as WhatsApp carries it. Exactly one of `to` and `group` is there. Phones are digits without '+', times are ms. */
export type WaMessage = {
  id: string
  seq: number
  from: string
  to?: string
  group?: string
  sent_at: number
  content: WaContent
  reply_to?: string
  /** Said beneath a post of an announcement group. */
  comment?: boolean
  forwarded?: boolean
  /** `phone`: written on the phone itself; otherwise the id of the linked device that sent it. */
  via: string
  /** The sender's own name of this send, so that a repeat is not a second message. */
  send_key?: string
  /** Was there before it could be handed to anybody: known only through history. */
  history?: boolean
}

export type MessageStatus = 'sent' | 'delivered' | 'read'

/** A chat as one phone sees it: another phone, or a group. */
export type Chat = { peer: string; group?: never } | { group: string; peer?: never }

export type Phone = {
  phone: string
  lid: string
  name?: string
  online: boolean
  on_whatsapp: boolean
  /** WhatsApp shows others only the hidden id of this phone. */
  phone_hidden: boolean
  /** WhatsApp still addresses it by its number, not by its hidden id. */
  by_number: boolean
  /** Its address book: phone to name. */
  contacts: Record<string, string>
  avatar?: Media
  /** What is wrong with its account or connection, in the words of the bridge (`wa-temporary-ban`, …). */
  trouble?: string
}

export type Group = { id: string; name: string; members: string[]; admins: string[]; avatar?: Media }

/** What is said to many at once: it is in no chat that anybody can answer in. */
export type Broadcast = 'status' | 'newsletter' | 'community'

/** A linked device (a bridge's login). It is gone when either side unlinked it. `api`: the number is Meta's to serve, and no phone. */
export type Device = { id: string; phone: string; linked_at: number; gone?: string; api?: true }

/** What waits for a linked device; each is kept until the device acknowledged it. */
export type DeviceEvent =
  | { kind: 'message'; id: string }
  | { kind: 'receipt'; status: 'delivered' | 'read'; ids: string[]; by: string }
  | { kind: 'read_self'; chat: Chat; up_to: string }
  | { kind: 'history'; up_to_seq: number }
  | { kind: 'group'; group: string }
  | { kind: 'chat_deleted'; chat: Chat }
  /** A message was deleted on this phone only. */
  | { kind: 'deleted_for_me'; chat: Chat; id: string }
  | { kind: 'broadcast'; to: Broadcast; from: string; text: string; at: number }
  /** This person has another name now. */
  | { kind: 'renamed'; peer: string }
  /** This phone is addressed in another way from now on. */
  | { kind: 'readdressed'; peer: string }

/** What only a device that is connected now hears of. */
export type PassingEvent =
  | { kind: 'typing'; chat: Chat; from: string; on: boolean }
  | { kind: 'gone'; reason: string }
  | { kind: 'trouble'; error: string | undefined }

/** The program behind a linked device. `handle` resolves when the event is taken for good; one that throws is handed over again at the next connect. */
export type DeviceHandler = { handle: (event: DeviceEvent) => Promise<void>; pass: (event: PassingEvent) => void }

/** Where a message ended up on Matrix, told by the bridge. */
export type Bridged = { device: string; room_id: string; event_id: string }
