import { type Kysely, sql } from 'kysely'
import { recordset } from '../../server/db/rows.ts'
import type { Tables } from '../../server/db/schema.ts'
import { createSettings } from '../../server/inbox/settings/settings.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createLog } from '../../server/lib/log.ts'
import { type Seal, sealParts } from '../../server/lib/seal.ts'
import { openData } from '../../server/open-data.ts'
import { matrixDefaults } from '../../server/providers/matrix/config.ts'
import { accountIdOf, botUserId, serverName } from './names.ts'
import { vocabulary } from './texts.ts'

/** How much is there before anything is measured. Chats are dealt out to the numbers in turn, messages to the chats. */
export interface WorldSize {
  readonly numbers: number
  readonly chats: number
  readonly messages?: number
}

export const hsToken = 'the-homeservers-token'

/** Fills a data directory as if the Matrix road had been set up, the numbers linked and the chats begun. */
export async function makeWorld(directory: string, homeserverUrl: string, size: WorldSize): Promise<void> {
  const data = await openData({ directory, databaseUrl: undefined, sealingKeys: undefined, clock: systemClock, log: createLog('error') })
  try {
    await setUpRoad(data, homeserverUrl)
    await fillWorld(data.db, size)
    await sealAccounts(data, size.numbers)
  } finally {
    await data.close()
  }
}

async function setUpRoad({ db, seal }: { db: Kysely<Tables>; seal: Seal }, url: string): Promise<void> {
  const settings = createSettings({ db, seal, clock: systemClock })
  const tokens = { as_token: 'ours', hs_token: hsToken, double_puppet_token: 'puppet', double_puppet_hs_token: 'unused' }
  await settings.putOnce('matrix_registration', { id: 'mistok', user_prefix: matrixDefaults.userPrefix }, tokens)
  const road = { ...matrixDefaults, homeserverUrl: url, bridgeUrl: url, serverName, botUserId }
  await settings.put('matrix_system_config', { road, appservice: true, admin_login: 'admin', checks: [] }, { bridge_secret: 'secret' })
}

/** Every account has its secrets, as it has where the homeserver was asked to make it. */
async function sealAccounts({ db, seal }: { db: Kysely<Tables>; seal: Seal }, numbers: number): Promise<void> {
  const sealed = Array.from({ length: numbers }, (_, index) => {
    const id = accountIdOf(index + 1)
    return { id, sealed: sealParts(seal, 'accounts', id, { password: 'a password that nobody types', secrets: '{}' }) }
  })
  await sql`update accounts a set sealed = r.sealed from ${recordset(sealed, { id: 'text', sealed: 'jsonb' })} where a.id = r.id`.execute(
    db,
  )
}

/** Chat `n` belongs to this number. */
export function numberOfChat(size: WorldSize, chat: number): number {
  return ((chat - 1) % size.numbers) + 1
}

/** The rows of a world, without its secrets. */
export async function fillWorld(db: Kysely<Tables>, { numbers, chats, messages = 0 }: WorldSize): Promise<void> {
  const [since] = (await sql<{ ms: number }>`select (extract(epoch from now()) * 1000)::float8 as ms`.execute(db)).rows
  const number = sql`'38050' || lpad(n::text, 7, '0')`
  const channel = sql`'chn_' || lpad(n::text, 32, '0')`
  const account = sql`'@crm_bench_' || n || ':bench.test'`
  await sql`insert into accounts (id, provider, owner_type, owner_id, name, external_id, created_at)
    select 'acc_' || lpad(n::text, 32, '0'), 'matrix', 'channel', ${channel}, 'bench_' || n, ${account}, now() from generate_series(1, ${numbers}::int) n`.execute(
    db,
  )
  await sql`insert into channels (id, provider, external_id, account_id, phone, name, access, is_default, status, status_since, created_at, messages_per_minute)
    select ${channel}, 'matrix', ${number}, 'acc_' || lpad(n::text, 32, '0'), '+' || ${number}, 'Number ' || n, 'shared', n = 1, 'connected', now(), now(), null
    from generate_series(1, ${numbers}::int) n`.execute(db)
  await sql`insert into facts (provider, key, value)
    select 'matrix', 'login:' || ${number}, jsonb_build_object('account', ${account}, 'since', ${since?.ms}::float8) from generate_series(1, ${numbers}::int) n
    union all select 'matrix', 'account:' || ${account}, jsonb_build_object('logins', jsonb_build_array(${number})) from generate_series(1, ${numbers}::int) n`.execute(
    db,
  )
  await addChats(db, numbers, chats)
  if (messages > 0) await addMessages(db, chats, messages)
  await sql`vacuum analyze`.execute(db)
}

async function addChats(db: Kysely<Tables>, numbers: number, chats: number): Promise<void> {
  const each = sql`(select c, (c - 1) % ${numbers}::int + 1 as n, '38067' || lpad(c::text, 7, '0') as customer, lpad(c::text, 32, '0') as id
    from generate_series(1, ${chats}::int) c)`
  await sql`insert into contacts (id, name, phone, created_at, updated_at)
    select 'con_' || id, 'Customer ' || c, '+' || customer, now(), now() from ${each} chat`.execute(db)
  await sql`insert into contact_addresses (type, value, contact_id, created_at)
    select 'matrix', '@whatsapp_' || customer || ':bench.test', 'con_' || id, now() from ${each} chat
    union all select 'phone', '+' || customer, 'con_' || id, now() from ${each} chat`.execute(db)
  await sql`insert into conversations (id, channel_id, external_id, type, contact_id, created_at, updated_at)
    select 'cnv_' || id, 'chn_' || lpad(n::text, 32, '0'), '!chat' || c || ':bench.test', 'direct', 'con_' || id, now(), now() from ${each} chat`.execute(
    db,
  )
  await sql`insert into facts (provider, key, value)
    select 'matrix', 'room:!chat' || c || ':bench.test', jsonb_build_object('kind', 'direct', 'login', '38050' || lpad(n::text, 7, '0'),
      'accounts', jsonb_build_array('@crm_bench_' || n || ':bench.test'), 'own', '[]'::jsonb, 'contact', '@whatsapp_' || customer || ':bench.test',
      'remote', customer || '@s.whatsapp.net', 'created_at', 1) from ${each} chat
    union all select 'matrix', 'chat:38050' || lpad(n::text, 7, '0') || ' ' || customer || '@s.whatsapp.net', to_jsonb('!chat' || c || ':bench.test') from ${each} chat
    union all select 'matrix', 'ghost:@whatsapp_' || customer || ':bench.test', jsonb_build_object('name', 'Customer ' || c) from ${each} chat`.execute(
    db,
  )
}

/** Half of the messages lie in a hundredth of the chats. */
async function addMessages(db: Kysely<Tables>, chats: number, messages: number): Promise<void> {
  const piece = 50_000
  const busy = Math.max(1, Math.floor(chats / 100))
  const word = (place: number) =>
    sql`words[1 + floor(power((hashint4(m * 5 + ${sql.raw(String(place))}) & 65535) / 65536.0, 3) * ${vocabulary.length})::int]`
  const text = sql.join(
    Array.from({ length: 5 }, (_, place) => word(place)),
    sql` || ' ' || `,
  )
  for (let from = 1; from <= messages; from += piece) {
    const to = Math.min(messages, from + piece - 1)
    await sql`insert into messages (id, conversation_id, channel_id, external_id, direction, origin, sender_contact_id, type, content, text, metadata, sent_at, received_at)
      select 'msg_' || lpad(m::text, 32, '0'), v.id, v.channel_id, '$old' || m, 'inbound', 'contact', v.contact_id, 'text', jsonb_build_object('text', t), t, '{}', at, at
      from (select m, 'cnv_' || lpad((case when m % 2 = 0 then 1 + (m / 2) % ${busy}::int else 1 + m % ${chats}::int end)::text, 32, '0') as chat,
          now() - interval '1 hour' - (${messages}::int - m) * interval '10 seconds' as at, ${text} || ' №' || m as t
        from generate_series(${from}::int, ${to}::int) m, (select ${vocabulary}::text[] as words) w offset 0) said
      join conversations v on v.id = said.chat`.execute(db)
  }
  await sql`update conversations v set last_message_id = m.id, last_message_at = m.sent_at, last_inbound_at = m.sent_at, unread_count = 1
    from (select distinct on (conversation_id) conversation_id, id, sent_at from messages order by conversation_id, sent_at desc, id desc) m
    where m.conversation_id = v.id`.execute(db)
}
