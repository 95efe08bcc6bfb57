import { appendEvents } from '../../db/events.ts'
import { lockChannel, updateChannel } from '../../db/channels.ts'
import { listTraffic, type Traffic } from '../../db/traffic.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'

/** A shorter quiet is nothing, whatever used to come. */
const quietMs = 2 * 3_600_000
const doubtsForMs = 86_400_000

/**
 * A number that says it is connected and lets nothing pass is silent: what it sends is not confirmed, or nothing comes where at this
 * time of the week something always came. It ceases to be silent when something has passed (`field.md` 2.1).
 */
export async function judgeTraffic({ db, clock }: { db: Db; clock: Clock }, provider: string): Promise<void> {
  const now = clock()
  const traffic = await listTraffic(db, provider, new Date(now), new Date(now - quietMs), new Date(now - doubtsForMs))
  for (const one of traffic) {
    const detail = silenceOf(one)
    if ((detail === undefined) === (one.status === 'connected')) continue
    await transact(db, (tx) => setSilence(tx, one, detail, new Date(now)))
  }
}

function silenceOf({ doubt_since, is_missed, last_inbound_at }: Traffic): string | undefined {
  if (doubt_since !== null) return `Nothing that was sent since ${minute(doubt_since)} has been confirmed`
  if (is_missed && last_inbound_at !== null)
    return `Nothing has come since ${minute(last_inbound_at)}, and at this time of the week something always did`
  return undefined
}

async function setSilence(
  tx: Parameters<typeof lockChannel>[0],
  { id, status }: Traffic,
  detail: string | undefined,
  now: Date,
): Promise<void> {
  const channel = await lockChannel(tx, id)
  if (channel?.status !== status || channel.deleted_at !== null) return
  await updateChannel(tx, id, { status: detail === undefined ? 'connected' : 'silent', status_since: now, status_detail: detail ?? null })
  await appendEvents(tx, [{ type: 'channel.updated', objectId: id, channelId: id }], now)
}

/** A time in words of a detail, which the page shows beside its own. */
function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
