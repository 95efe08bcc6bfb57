import { type Kysely, sql } from 'kysely'

/** Pictures of people and groups, who is in a group, chats that the phone has no more, and conversations that turned out to be one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  // A picture is a file that no message has and nobody uploaded.
  'alter table contacts add column picture_id text references media on delete set null',
  'create index contacts_picture on contacts (picture_id) where picture_id is not null',
  `alter table conversations
    add column picture_id text references media on delete set null,
    add column disappearing_seconds integer,
    add column gone jsonb`,
  'create index conversations_picture on conversations (picture_id) where picture_id is not null',
  // By the network's name of each, as one person may have two while WhatsApp moves over to another.
  `create table conversation_members (
    conversation_id text not null references conversations on delete cascade,
    external_id text not null,
    contact_id text not null references contacts on delete cascade,
    primary key (conversation_id, external_id)
  )`,
  'create index conversation_members_contact on conversation_members (contact_id)',
  `create table conversation_merges (
    merged_id text primary key,
    kept_id text not null references conversations on delete cascade
  )`,
  'create index conversation_merges_kept on conversation_merges (kept_id)',
  // Rooms that a conversation has left: what is said there late still belongs to it.
  `create table former_rooms (
    channel_id text not null,
    external_id text not null,
    conversation_id text not null references conversations on delete cascade,
    primary key (channel_id, external_id)
  )`,
  'create index former_rooms_conversation on former_rooms (conversation_id)',
]
