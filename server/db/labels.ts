import { sql } from 'kysely'
import type { ChannelId, ConversationId, LabelId } from '../../contract/ids.ts'
import { appendEvents } from './events.ts'
import type { Tx } from './schema.ts'

/**
 * Gives at most `limit` conversations that carry a label's former name the one that it has now, or takes it from them where the label is
 * there no more; true when there may be more. A name that has been defined anew meanwhile stays.
 */
export async function relabelSome(
  tx: Tx,
  { label, from }: { readonly label: LabelId; readonly from: string },
  now: Date,
  limit: number,
): Promise<boolean> {
  const known = await tx
    .selectFrom('labels')
    .select(['id', 'name'])
    .where((e) => e.or([e('id', '=', label), e('name', '=', from)]))
    .forShare()
    .execute()
  if (known.some(({ name }) => name === from)) return false
  const to = known[0]?.name ?? null
  const { rows } = await sql<{ id: ConversationId; channel_id: ChannelId }>`update conversations set updated_at = ${now},
      labels = case when ${to}::text is null or ${to}::text = any(labels) then array_remove(labels, ${from}) else array_replace(labels, ${from}, ${to}) end
    where id in (select id from conversations where labels <> '{}' and labels @> array[${from}::text] limit ${limit} for update)
    returning id, channel_id`.execute(tx)
  await appendEvents(
    tx,
    rows.map((row) => ({ type: 'conversation.updated', objectId: row.id, channelId: row.channel_id })),
    now,
  )
  return rows.length === limit
}
