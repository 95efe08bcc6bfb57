import { createHash } from 'node:crypto'
import pg from 'pg'
import { migrate } from '../../server/db/migrations/index.ts'
import { connectionOf, type DatabaseAddress, openDatabase } from '../../server/db/open.ts'
import { newId } from '../../server/lib/clock.ts'
import { eventIdOf, type Said } from './events.ts'
import { channelOf, contactOf, conversationOf } from './names.ts'
import { fillWorld, numberOfChat, type WorldSize } from './world.ts'

/** Writes what the server would have written for a transaction, by plain SQL and in one transaction. */
export interface PlainWriter {
  write(said: readonly Said[], body: string): Promise<void>
  countMessages(): Promise<number>
  close(): Promise<void>
}

/**
 * A second database of the same cluster with the same tables, indexes and rows. What is written there is what remains of a
 * transaction in ours: the raw batch, the messages, what they change in their conversations and numbers, and the lines on the feed.
 */
export async function openPlain(server: DatabaseAddress, size: WorldSize): Promise<PlainWriter> {
  const address = { ...connectionOf(server), database: 'plain' }
  const maker = new pg.Client(connectionOf(server))
  await maker.connect()
  await maker.query('create database plain')
  await maker.end()
  const db = openDatabase(address as DatabaseAddress)
  await migrate(db as unknown as Parameters<typeof migrate>[0])
  await fillWorld(db, size)
  await db.destroy()

  const client = new pg.Client(address)
  await client.connect()
  return {
    async write(said, body) {
      await client.query('begin')
      await insertBatch(client, body)
      const rows = said.map((one) => toRow(one, size))
      await insertMessages(client, rows)
      await updateConversations(client, rows)
      await updateChannels(client, rows)
      await insertEvents(client, rows)
      await client.query('commit')
    },
    async countMessages() {
      return Number((await client.query<{ count: string }>('select count(*) from messages')).rows[0]?.count)
    },
    close: () => client.end(),
  }
}

interface Row {
  readonly id: string
  readonly conversation: string
  readonly channel: string
  readonly external: string
  readonly contact: string
  readonly text: string
  readonly at: Date
}

function toRow(said: Said, size: WorldSize): Row {
  const channel = channelOf(numberOfChat(size, said.chat))
  const [conversation, contact] = [conversationOf(said.chat), contactOf(said.chat)]
  return { id: newId('message'), conversation, channel, external: eventIdOf(said), contact, text: said.text, at: new Date(said.at) }
}

const column = <K extends keyof Row>(rows: readonly Row[], key: K) => rows.map((row) => row[key])

async function insertBatch(client: pg.Client, body: string): Promise<void> {
  const key = createHash('sha256').update(body).digest('hex')
  const now = new Date()
  await client.query(
    `insert into inbound_batches (provider, stream, key, body, received_at, done_at) values ('matrix', 'push', $1, $2, $3, $3)`,
    [key, body, now],
  )
}

async function insertMessages(client: pg.Client, rows: readonly Row[]): Promise<void> {
  await client.query(
    `insert into messages (id, conversation_id, channel_id, external_id, direction, origin, sender_contact_id, type, content, text, metadata, sent_at, received_at)
      select id, conversation, channel, external, 'inbound', 'contact', contact, 'text', content, text, '{}', at, $8
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[], $9::timestamptz[])
        as r(id, conversation, channel, external, contact, content, text, at)`,
    [
      column(rows, 'id'),
      column(rows, 'conversation'),
      column(rows, 'channel'),
      column(rows, 'external'),
      column(rows, 'contact'),
      rows.map(({ text }) => JSON.stringify({ text })),
      column(rows, 'text'),
      new Date(),
      column(rows, 'at'),
    ],
  )
}

async function updateConversations(client: pg.Client, rows: readonly Row[]): Promise<void> {
  const last = [...new Map(rows.map((row) => [row.conversation, row])).values()]
  const unread = Map.groupBy(rows, (row) => row.conversation)
  await client.query(
    `update conversations c set unread_count = c.unread_count + r.unread, status = 'open', last_message_id = r.id,
        last_message_at = r.at, last_inbound_at = r.at, updated_at = $5
      from unnest($1::text[], $2::text[], $3::integer[], $4::timestamptz[]) as r(conversation, id, unread, at) where c.id = r.conversation`,
    [
      column(last, 'conversation'),
      column(last, 'id'),
      last.map((row) => unread.get(row.conversation)?.length),
      column(last, 'at'),
      new Date(),
    ],
  )
}

async function updateChannels(client: pg.Client, rows: readonly Row[]): Promise<void> {
  const last = [...new Map(rows.map((row) => [row.channel, row])).values()]
  await client.query(
    'update channels c set last_inbound_at = r.at from unnest($1::text[], $2::timestamptz[]) as r(channel, at) where c.id = r.channel',
    [column(last, 'channel'), column(last, 'at')],
  )
}

async function insertEvents(client: pg.Client, rows: readonly Row[]): Promise<void> {
  const touched = [...new Map(rows.map((row) => [row.conversation, row.channel]))]
  await client.query(
    `insert into events (type, object_id, channel_id, created_at)
      select type, object, channel, $4 from unnest($1::text[], $2::text[], $3::text[]) as r(type, object, channel)`,
    [
      [...rows.map(() => 'message.created'), ...touched.map(() => 'conversation.updated')],
      [...column(rows, 'id'), ...touched.map(([conversation]) => conversation)],
      [...column(rows, 'channel'), ...touched.map(([, channel]) => channel)],
      new Date(),
    ],
  )
}
