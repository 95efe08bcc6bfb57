import { openJournal, type Journal } from '../homeserver/journal.ts'

/** One change of what the Graph API remembers; the journal is a list of these. */
export type GraphRow =
  | { t: 'number'; number: GraphNumber }
  | { t: 'sent'; wamid: string; id: string; number: string; peer: string; tracker?: string; template?: string }
  | { t: 'named'; wamid: string; id: string }
  | { t: 'media'; media: GraphMedia }
  | { t: 'webhook'; url: string; verify_token: string }
  | { t: 'subscribed'; on: boolean }
  | { t: 'queued'; n: number; body: unknown }
  | { t: 'done'; n: number }
  | { t: 'token'; state: 'valid' | 'expired' | 'revoked'; scopes?: string[] }
  | { t: 'template'; template: GraphTemplate }
  | { t: 'template_gone'; id: string }
  | { t: 'heard'; number: string; phone: string; at: number }
  | { t: 'clock'; ahead_ms: number }
  | { t: 'user_id'; phone: string; user_id: string }

/** A number of the business account. `device` is how it stands in the WhatsApp network; `app`: since when, in ms, it is in the Business app too. */
export type GraphNumber = {
  id: string
  phone: string
  name: string
  device: string
  status: string
  quality: string
  app?: number
  asked?: readonly string[]
}
/** Bytes that were uploaded, or came in; `number` is whose they are. */
export type GraphMedia = { id: string; number: string; sha256: string; mime_type: string; at: number; inbound: boolean }
export type GraphTemplate = {
  id: string
  name: string
  language: string
  category: string
  status: string
  quality?: string
  components: { [key: string]: unknown }[]
}
/** A message that was sent by the API. `tracker` is what the sender named it by. */
export type SentMessage = { wamid: string; id: string; number: string; peer: string; tracker?: string; template?: string }

export type GraphState = {
  numbers: Map<string, GraphNumber>
  sent: Map<string, SentMessage>
  /** Ids on the network by wamid, and back. */
  ids: Map<string, string>
  wamids: Map<string, string>
  media: Map<string, GraphMedia>
  webhook: { url: string; verify_token: string } | undefined
  subscribed: boolean
  queue: Map<number, unknown>
  lastQueued: number
  token: { state: 'valid' | 'expired' | 'revoked'; scopes: string[] }
  templates: Map<string, GraphTemplate>
  /** When somebody last wrote to a number, by `number phone`. */
  heard: Map<string, number>
  aheadMs: number
  userIds: Map<string, string>
}

/** The memory of the Graph API. `commit` writes the row to the journal, then changes the state by it. */
export type GraphStore = { state: GraphState; commit: (row: GraphRow) => void; close: () => void }

/** Starts on what the journal holds; without one it is new, and forgotten at the end. */
export function openStore(path: string | undefined): GraphStore {
  const state: GraphState = {
    numbers: new Map(),
    sent: new Map(),
    ids: new Map(),
    wamids: new Map(),
    media: new Map(),
    webhook: undefined,
    subscribed: false,
    queue: new Map(),
    lastQueued: 0,
    token: { state: 'valid', scopes: ['whatsapp_business_messaging', 'whatsapp_business_management'] },
    templates: new Map(),
    heard: new Map(),
    aheadMs: 0,
    userIds: new Map(),
  }
  const journal: Journal | undefined = path === undefined ? undefined : openJournal(path, (row) => apply(state, row as GraphRow))
  let open = true
  return {
    state,
    commit(row) {
      if (open) journal?.append(row)
      apply(state, row)
    },
    close() {
      if (open) journal?.close()
      open = false
    },
  }
}

function apply(state: GraphState, row: GraphRow): void {
  switch (row.t) {
    case 'number':
      state.numbers.set(row.number.id, row.number)
      return
    case 'sent': {
      const { t: _, ...sent } = row
      state.sent.set(row.id, sent)
      name(state, row)
      return
    }
    case 'named':
      name(state, row)
      return
    case 'media':
      state.media.set(row.media.id, row.media)
      return
    case 'webhook':
      state.webhook = { url: row.url, verify_token: row.verify_token }
      return
    case 'subscribed':
      state.subscribed = row.on
      return
    case 'queued':
      state.queue.set(row.n, row.body)
      state.lastQueued = Math.max(state.lastQueued, row.n)
      return
    case 'done':
      state.queue.delete(row.n)
      return
    case 'token':
      state.token = { state: row.state, scopes: row.scopes ?? state.token.scopes }
      return
    case 'template':
      state.templates.set(row.template.id, row.template)
      return
    case 'template_gone':
      state.templates.delete(row.id)
      return
    case 'heard':
      state.heard.set(`${row.number} ${row.phone}`, row.at)
      return
    case 'clock':
      state.aheadMs = row.ahead_ms
      return
    case 'user_id':
      state.userIds.set(row.phone, row.user_id)
      return
  }
}

function name(state: GraphState, { wamid, id }: { wamid: string; id: string }): void {
  state.ids.set(wamid, id)
  state.wamids.set(id, wamid)
}
