import { type Kysely, sql } from 'kysely'

/**
 * Contacts that people and integrators enter, merge and erase. A contact that was merged keeps its row and leads to the one it was merged
 * into, so that merging moves no message; `contact_merges` holds what is needed to undo it. `participants` tells who wrote in which group.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = [
  `alter table contacts
    add column is_named boolean not null default false,
    add column created_by text,
    add column merged_into text references contacts,
    add column erased_at timestamptz`,
  'create index contacts_merged on contacts (merged_into) where merged_into is not null',
  `create table contact_merges (
    id bigint generated always as identity primary key,
    kept_id text not null references contacts,
    merged_id text not null references contacts,
    moved jsonb not null,
    merged_by text,
    created_at timestamptz not null,
    undone_at timestamptz
  )`,
  'create index contact_merges_merged on contact_merges (merged_id, id)',
  'create index contact_merges_kept on contact_merges (kept_id)',
  `create table participants (
    contact_id text not null references contacts,
    conversation_id text not null references conversations on delete cascade,
    primary key (contact_id, conversation_id)
  )`,
  `insert into participants select distinct m.sender_contact_id, m.conversation_id
    from messages m join conversations c on c.id = m.conversation_id where c.type = 'group' and m.sender_contact_id is not null`,
  'create index reactions_contact on reactions (contact_id) where contact_id is not null',
]
