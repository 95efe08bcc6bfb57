/** Any JSON object. */
export type Json = Record<string, unknown>

/** A state event cut down to what an invited user may see. */
export type StrippedEvent = { type: string; state_key: string; content: Json; sender: string }

/** One room event as it is kept; `stream` is its place in the server, `depth` in its room; nobody is shown a `hidden` one. */
export type RoomEvent = {
  event_id: string
  room_id: string
  type: string
  state_key?: string
  sender: string
  origin_server_ts: number
  received_ts: number
  content: Json
  redacts?: string
  stream: number
  depth: number
  replaces_state?: string
  prev_content?: Json
  prev_sender?: string
  invite_room_state?: StrippedEvent[]
  redacted_by?: string
  hidden?: boolean
  txn?: { id: string; device_id: string | null; token: string | null; appservice: boolean }
}

/** The newest receipt of one user, type and thread in a room; `pos` is its place in the receipt stream. */
export type Receipt = { user_id: string; type: string; event_id: string; ts: number; thread_id?: string; pos: number }

/** A room: its timeline in order, its present state, the history of each state key, its receipts up to `receiptPos`. */
export type Room = {
  roomId: string
  version: string
  timeline: RoomEvent[]
  state: Map<string, RoomEvent>
  stateLog: Map<string, RoomEvent[]>
  joined: Set<string>
  receipts: Map<string, Receipt>
  receiptPos: number
  relations: Map<string, RoomEvent[]>
}

/** Account data of one type with its place in the account data stream. */
export type AccountData = { content: Json; pos: number }

/** A device of a user. */
export type Device = { device_id: string; display_name: string | null; last_seen_ts: number | null }

/** A registered local user. */
export type User = {
  userId: string
  passwordHash: string | null
  admin: boolean
  appserviceId: string | null
  deactivated: boolean
  locked: boolean
  createdTs: number
  profile: Map<string, unknown>
  devices: Map<string, Device>
  filters: Json[]
  accountData: Map<string, AccountData>
  roomAccountData: Map<string, Map<string, AccountData>>
  rateLimitOverride: { messages_per_second: number; burst_count: number } | null
}

/** What an access token stands for; `puppetedBy` is the admin that asked for it by the admin API. */
export type Token = { token: string; userId: string; deviceId: string | null; puppetedBy: string | null; validUntil: number | null }

/** A transaction that an appservice has not yet answered with 200; it keeps only room events (protocol/homeserver.md 3.6). */
export type StoredTransaction = { id: number; eventIds: string[] }

/** One piece of media; its bytes lie in a file named by `mediaId` once `uploaded`. */
export type Media = {
  mediaId: string
  userId: string
  contentType: string
  uploadName: string | null
  size: number
  uploaded: boolean
  createdTs: number
}

/** Everything that the homeserver remembers over a restart; `memberships` has a user's newest member event in each room not forgotten. */
export type State = {
  users: Map<string, User>
  tokens: Map<string, Token>
  rooms: Map<string, Room>
  memberships: Map<string, Map<string, RoomEvent>>
  events: Map<string, RoomEvent>
  log: RoomEvent[]
  sendTxns: Map<string, { event_id: string; ts: number }>
  media: Map<string, Media>
  transactions: Map<string, StoredTransaction[]>
  down: Set<string>
  pushedTo: number
  receiptPos: number
  accountPos: number
}

/** A homeserver that has seen nothing yet. */
export function emptyState(): State {
  return {
    users: new Map(),
    tokens: new Map(),
    rooms: new Map(),
    memberships: new Map(),
    events: new Map(),
    log: [],
    sendTxns: new Map(),
    media: new Map(),
    transactions: new Map(),
    down: new Set(),
    pushedTo: 0,
    receiptPos: 0,
    accountPos: 0,
  }
}

/** The key of a state event in `Room.state`. */
export function stateKeyOf(type: string, stateKey: string): string {
  return `${type}\u0000${stateKey}`
}

/** The present state event of a room; undefined when there is none. */
export function findState(room: Room, type: string, stateKey = ''): RoomEvent | undefined {
  return room.state.get(stateKeyOf(type, stateKey))
}

/** The state event that stood after the event at `stream`; undefined when there was none yet. */
export function findStateAt(room: Room, key: string, stream: number): RoomEvent | undefined {
  const log = room.stateLog.get(key)
  if (log === undefined) return undefined
  let found: RoomEvent | undefined
  for (const event of log) {
    if (event.stream > stream) break
    found = event
  }
  return found
}

/** The membership that a user has, or had after the event at `stream`; undefined when it never had one. */
export function membershipOf(room: Room, userId: string, stream = Number.MAX_SAFE_INTEGER): string | undefined {
  const event = findStateAt(room, stateKeyOf('m.room.member', userId), stream)
  return typeof event?.content.membership === 'string' ? event.content.membership : undefined
}
