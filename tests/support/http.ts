import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Kysely, sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, MediaId, MessageId, UserId } from '../../contract/ids.ts'
import type { Scope } from '../../contract/user.ts'
import { listDeadLetters } from '../../server/db/read/health.ts'
import { createHealth } from '../../server/inbox/health.ts'
import { openListener } from '../../server/db/listen.ts'
import { openLocks } from '../../server/db/locks.ts'
import { openDatabase } from '../../server/db/open.ts'
import type { Tables } from '../../server/db/schema.ts'
import { createHttp, type HttpParts } from '../../server/http/server.ts'
import { createAudit } from '../../server/inbox/audit.ts'
import { createApiKeys } from '../../server/inbox/people/api-keys.ts'
import { eraseContact } from '../../server/inbox/contacts/erase.ts'
import { mergeContacts, unmergeContacts, updateContact, upsertContact } from '../../server/inbox/contacts/contacts.ts'
import { updateConversation } from '../../server/inbox/conversations.ts'
import { createFeed, type Feed } from '../../server/inbox/feed.ts'
import { createIdempotency } from '../../server/inbox/idempotency.ts'
import { createInvites } from '../../server/inbox/people/invites.ts'
import { createPeople, type People } from '../../server/inbox/people/people.ts'
import { readRetention } from '../../server/inbox/settings/retention.ts'
import { createSettings } from '../../server/inbox/settings/settings.ts'
import { createSignIn, type SignIn } from '../../server/inbox/people/sign-in.ts'
import { createTeam } from '../../server/inbox/team/team.ts'
import { newId, systemClock } from '../../server/lib/clock.ts'
import { AppError } from '../../server/lib/errors.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createPasswords } from '../../server/lib/password.ts'
import { createSeal, type Seal } from '../../server/lib/seal.ts'
import { createDatabase } from './database.ts'

/** Cheap passwords: their cost is tested where they are hashed. */
const passwords = createPasswords({ cost: { memory: 64, passes: 1 } })
export const password = 'correct horse battery staple'
export const origin = 'http://127.0.0.1:8080'

/** The HTTP server over a database of its own. Deeds that reach a network are stand-ins that note that they were called. */
export interface TestHttp {
  readonly app: FastifyInstance
  readonly db: Kysely<Tables>
  readonly feed: Feed
  readonly people: People
  readonly signIn: SignIn
  /** Moves the server's clock, in milliseconds. */
  advance(ms: number): void
  /** Names of the stand-ins that were called. */
  readonly called: string[]
  /** Makes a person and returns the headers that sign them in. */
  signedIn(name: string, role: 'admin' | 'agent'): Promise<Person>
  /** Makes a key and returns its headers. */
  keyed(scopes: readonly Scope[], channelIds?: readonly ChannelId[]): Promise<Record<string, string>>
  close(): Promise<void>
}
export interface Person {
  readonly id: UserId
  readonly headers: Record<string, string>
}

export async function openTestHttp(overrides: (parts: HttpParts) => Partial<HttpParts> = () => ({})): Promise<TestHttp> {
  const database = await createDatabase()
  const db = openDatabase(database.connection)
  const listener = openListener(database.connection, silentLog)
  const locks = openLocks(database.connection)
  const webRoot = mkdtempSync(join(tmpdir(), 'mistok-web-'))
  let offset = 0
  const clock = () => systemClock() + offset
  const feed = createFeed({ db, listener, clock, log: silentLog })
  const people = createPeople({ db, clock, newId, passwords })
  const signIn = createSignIn({ db, clock, newId, passwords })
  const apiKeys = createApiKeys({ db, clock, newId })
  const seal = createSeal(new Uint8Array(32).fill(7))
  const called: string[] = []
  const parts: HttpParts = {
    readDb: db,
    clock,
    log: silentLog,
    publicUrl: origin,
    allowedOrigins: ['https://crm.example'],
    trustedProxies: ['10.1.0.0/16'],
    openCalls: [],
    webRoot,
    people,
    signIn,
    invites: createInvites({ db, clock, newId, passwords }),
    apiKeys,
    idempotency: createIdempotency({ db, locks, seal, clock }),
    audit: createAudit({ db, clock, newId }),
    feed,
    onMoment: listener.on,
    providers: () => [],
    keep: async () => {},
    team: createTeam({ db, clock, newId }),
    ...standIns(db, seal, clock, called, webRoot),
  }
  const app = await createHttp({ ...parts, ...overrides(parts) })

  const signedIn = async (name: string, role: 'admin' | 'agent'): Promise<Person> => {
    const email = `${name}@example.org`
    const id = await people.create({ email, name, password, role })
    const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: { email, password } })
    const [cookie] = answer.cookies
    return { id, headers: { cookie: `${cookie?.name}=${cookie?.value}`, origin } }
  }
  return {
    app,
    db,
    feed,
    people,
    signIn,
    called,
    advance: (ms) => {
      offset += ms
    },
    signedIn,
    async keyed(scopes, channelIds) {
      const maker = await people.create({ email: `${crypto.randomUUID()}@example.org`, name: 'Maker', password, role: 'admin' })
      const actor = { kind: 'user', id: maker, name: 'Maker', role: 'admin' } as const
      const { key } = await apiKeys.create(actor, {
        name: 'CRM',
        scopes: [...scopes],
        ...(channelIds === undefined ? {} : { channel_ids: [...channelIds] }),
      })
      return { authorization: `Bearer ${key}` }
    },
    async close() {
      await app.close()
      await feed.close()
      await listener.close()
      await locks.close()
      await db.destroy()
      await database.drop()
      rmSync(webRoot, { recursive: true, force: true })
    },
  }
}

type Deeds = Pick<
  HttpParts,
  | 'settings'
  | 'logins'
  | 'channels'
  | 'transfers'
  | 'excluded'
  | 'matrix'
  | 'contacts'
  | 'conversations'
  | 'messages'
  | 'media'
  | 'operations'
>

function standIns(db: Kysely<Tables>, seal: Seal, clock: () => number, called: string[], directory: string): Deeds {
  const note = (name: string): never => {
    called.push(name)
    throw new AppError('unavailable', `${name} is only a stand-in.`)
  }
  const settings = createSettings({ db, seal, clock })
  return {
    settings: {
      getMatrixConfig: async () => note('getMatrixConfig'),
      saveMatrixConfig: async () => note('saveMatrixConfig'),
      tryMatrixConfig: async () => note('tryMatrixConfig'),
      tryCloudConfig: async () => note('tryCloudConfig'),
      getCloudConfig: async () => note('getCloudConfig'),
      saveCloudConfig: async () => note('saveCloudConfig'),
      getMode: async () => note('getMode'),
      setMode: async () => note('setMode'),
      previewMode: async () => note('previewMode'),
      getRerouting: async () => note('getRerouting'),
      setRerouting: async () => note('setRerouting'),
      getRetention: () => readRetention(db),
      setRetention: (retention) => settings.put('retention', retention),
    },
    logins: {
      connect: async () => note('connect'),
      get: async () => note('getLogin'),
      cancel: async () => note('cancel'),
      disconnect: async () => note('disconnect'),
      status: async () => note('status'),
      read: async () => [],
    },
    channels: { patch: async () => note('patchChannel'), remove: async () => note('removeChannel') },
    matrix: {
      get: async () => note('getMatrixAccount'),
      save: async () => note('saveMatrixAccount'),
      sync: async () => note('syncMatrix'),
    },
    excluded: { check: async () => note('checkExcluded'), exclude: async () => note('exclude'), include: async () => note('include') },
    transfers: { accept: async () => note('acceptTransfer'), refuse: async () => note('refuseTransfer') },
    contacts: {
      upsert: (...asked) => upsertContact({ db, clock, newId }, ...asked),
      update: (...asked) => updateContact({ db, clock, newId }, ...asked),
      erase: (...asked) => eraseContact({ db, clock, providers: () => [] }, ...asked),
      merge: (...asked) => mergeContacts({ db, clock, newId }, ...asked),
      unmerge: (...asked) => unmergeContacts({ db, clock, newId }, ...asked),
    },
    conversations: {
      start: async () => note('start'),
      update: (actor, id, patch) => updateConversation({ db, clock }, actor, id, patch),
      markRead: async () => note('markRead'),
      setTyping: async () => note('setTyping'),
      capabilities: async () => note('capabilities'),
    },
    messages: {
      enqueue: async () => note('enqueue'),
      sendTo: async () => note('sendTo'),
      retry: async () => note('retry'),
      react: async () => note('react'),
      edit: async () => note('edit'),
      takeBack: async () => note('takeBack'),
    },
    media: { store: async () => note('store'), fetch: async () => note('fetch'), read: () => note('read') },
    operations: {
      read: async () => note('readOperations'),
      history: async () => [],
      health: createHealth({ db, clock, endpoints: { list: () => [] }, feedLagSeconds: () => 0, mediaDirectory: join(directory, 'media') }),
      deadLetters: (page) => listDeadLetters(db, page),
      redriveOne: async () => note('redriveOne'),
      redrive: async () => note('redrive'),
      metrics: async () => note('metrics'),
    },
  }
}

/** A number of ours. */
export async function addChannel(
  db: Kysely<Tables>,
  {
    access = 'shared',
    owner = null,
    members = [],
    provider = 'matrix',
  }: { access?: 'shared' | 'personal'; owner?: UserId | null; members?: readonly UserId[]; provider?: string } = {},
): Promise<ChannelId> {
  const id = newId<ChannelId>('channel')
  const now = new Date()
  await db
    .insertInto('channels')
    .values({
      id,
      provider,
      external_id: id as never,
      account_id: null,
      phone: `+380${id.slice(-9).replaceAll(/\D/g, '1')}`,
      name: `Number ${id.slice(-4)}`,
      access,
      owner_id: owner,
      status: 'connected',
      status_since: now,
      status_detail: null,
      last_inbound_at: null,
      phone_last_seen_at: null,
      deleted_at: null,
      created_at: now,
    })
    .execute()
  for (const user_id of members) await db.insertInto('channel_members').values({ channel_id: id, user_id }).execute()
  return id
}

/** A chat with a contact of its own, and messages from them, oldest first. */
export async function addChat(
  db: Kysely<Tables>,
  channel: ChannelId,
  { name = 'Olena', texts = [] }: { name?: string; texts?: readonly string[] } = {},
): Promise<{ id: ConversationId; contact: ContactId; messages: MessageId[] }> {
  const id = newId<ConversationId>('conversation')
  const contact = newId<ContactId>('contact')
  const now = new Date()
  await db
    .insertInto('contacts')
    .values({ id: contact, name, phone: null, username: null, external_id: null, metadata: '{}', created_at: now, updated_at: now })
    .execute()
  await db
    .insertInto('conversations')
    .values({
      id,
      channel_id: channel,
      external_id: `!${id}` as never,
      type: 'direct',
      name: '',
      contact_id: contact,
      snoozed_until: null,
      assignee_id: null,
      read_up_to: null,
      last_message_id: null,
      last_message_at: null,
      last_inbound_at: null,
      metadata: '{}',
      created_at: now,
      updated_at: now,
    })
    .execute()
  const messages: MessageId[] = []
  for (const [at, text] of texts.entries())
    messages.push(await addMessage(db, { channel, conversation: id, contact, text, sentAt: new Date(now.getTime() + at) }))
  return { id, contact, messages }
}

/** A message as it arrives: from the contact, or typed on our phone where there is none. */
export async function addMessage(
  db: Kysely<Tables>,
  message: { channel: ChannelId; conversation: ConversationId; contact: ContactId | null; text: string; sentAt: Date; replyTo?: string },
): Promise<MessageId> {
  const id = newId<MessageId>('message')
  const isInbound = message.contact !== null
  await db
    .insertInto('messages')
    .values({
      id,
      conversation_id: message.conversation,
      channel_id: message.channel,
      external_id: `$${id}` as never,
      direction: isInbound ? 'inbound' : 'outbound',
      origin: isInbound ? 'contact' : 'phone',
      sender_contact_id: message.contact,
      sender_user_id: null,
      sender_key_id: null,
      type: 'text',
      content: JSON.stringify({ text: message.text }),
      text: message.text,
      status: isInbound ? null : 'sent',
      attempt: null,
      unconfirmed_since: null,
      error: null,
      reply_to_external_id: (message.replyTo ?? null) as never,
      metadata: '{}',
      sent_at: message.sentAt,
      received_at: message.sentAt,
      delivered_at: null,
      read_at: null,
      edited_at: null,
      deleted_at: null,
    })
    .execute()
  await sql`update conversations set last_message_id = ${id}, last_message_at = ${message.sentAt} where id = ${message.conversation}`.execute(
    db,
  )
  return id
}

/** A picture that is here, in a message or as somebody's upload. */
export async function addFile(
  db: Kysely<Tables>,
  of: { message: MessageId; channel: ChannelId } | { uploadedBy: string },
  bytes: number,
  more: { mimeType?: string; fileName?: string } = {},
): Promise<MediaId> {
  const id = newId<MediaId>('media')
  await db
    .insertInto('media')
    .values({
      id,
      message_id: 'message' in of ? of.message : null,
      channel_id: 'message' in of ? of.channel : null,
      type: 'image',
      mime_type: more.mimeType ?? 'image/png',
      file_name: more.fileName ?? null,
      size_bytes: bytes,
      width: null,
      height: null,
      duration_ms: null,
      status: 'ready',
      ref: null,
      sha256: null,
      uploaded_by: 'uploadedBy' in of ? of.uploadedBy : null,
      created_at: new Date(),
    })
    .execute()
  return id
}
