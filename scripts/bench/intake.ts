import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { openDatabase } from '../../server/db/open.ts'
import type { Tables } from '../../server/db/schema.ts'
import type { Bench } from './bench.ts'
import { openClient } from './client.ts'
import { createTalk, transactionOf } from './events.ts'
import { openPlain } from './plain.ts'
import type { Row } from './report.ts'
import { median } from './stats.ts'

const size = { numbers: 1, chats: 1_000 }
const repeats = 9

/**
 * Rows 1 and 2: transactions pushed one after the other, as a homeserver does, until everything is committed and on the change
 * feed; and the same rows by plain SQL, in turns with it. The first turn warms up and does not count.
 */
export async function measureIntake({ withServer, say }: Bench): Promise<Row[]> {
  return withServer(size, async (server) => {
    const client = await openClient(server.url)
    const db = openDatabase(server.database)
    const plain = await openPlain(server.database, size)
    const talk = createTalk(size.chats)
    let sent = 0

    const round = async (transactions: number, events: number): Promise<{ ours: number; plain: number }> => {
      const make = () => Array.from({ length: transactions }, () => talk(events)).map((said) => ({ said, body: transactionOf(said) }))
      const total = transactions * events
      const [forUs, forPlain] = [make(), make()]
      const ours = await perSecond(total, async () => {
        for (const { body } of forUs) await client.push(body)
        await untilApplied(db)
      })
      sent += total
      await check(db, sent)
      const asPlain = await perSecond(total, async () => {
        for (const { said, body } of forPlain) await plain.write(said, body)
      })
      return { ours, plain: asPlain }
    }
    const rounds = async (name: string, transactions: number, events: number) => {
      const all: Awaited<ReturnType<typeof round>>[] = []
      for (let n = 0; n <= repeats; n += 1) {
        const { ours, plain: asPlain } = await round(transactions, events)
        say(`${name}: ${ours.toFixed(0)} and by plain SQL ${asPlain.toFixed(0)} events/s`)
        if (n > 0) all.push({ ours, plain: asPlain })
      }
      // What else the machine does changes from round to round, and both sides of a round alike.
      const ratio = median(all.map((one) => one.ours / one.plain))
      return { ours: median(all.map((one) => one.ours)), plain: median(all.map((one) => one.plain)), ratio }
    }
    try {
      const batches = await rounds('100 a transaction', 60, 100)
      const singles = await rounds('one a transaction', 500, 1)
      return [...batchRows(batches), singleRow(singles)]
    } finally {
      await plain.close()
      await db.destroy()
      await client.close()
    }
  })
}

async function perSecond(events: number, work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (events * 1_000) / (performance.now() - began)
}

async function untilApplied(db: Kysely<Tables>): Promise<void> {
  while ((await db.selectFrom('inbound_batches').select('id').where('done_at', 'is', null).limit(1).execute()).length > 0) await sleep(10)
}

/** Every event is a message and stands on the feed, once. */
async function check(db: Kysely<Tables>, sent: number): Promise<void> {
  const { rows } = await sql<{ messages: number; told: number }>`select (select count(*) from messages)::int as messages,
    (select count(*) from events where type = 'message.created' and xid < pg_snapshot_xmin(pg_current_snapshot()))::int as told`.execute(db)
  if (rows[0]?.messages !== sent || rows[0].told !== sent) throw new Error(`${sent} were sent, but there are ${JSON.stringify(rows[0])}`)
}

interface Rates {
  readonly ours: number
  readonly plain: number
  readonly ratio: number
}

function batchRows({ ours, plain, ratio }: Rates): Row[] {
  const what = 'application-service transactions of 100 text events → committed and on the change feed'
  const asPlain = {
    atLeast: '0.6 of the same rows by plain SQL',
    measured: `${ratio.toFixed(2)} of ${plain.toFixed(0)} events/s`,
    isMet: ratio >= 0.6,
  }
  const absolute = { atLeast: '5,000 events/s', measured: `${ours.toFixed(0)} events/s`, isMet: ours >= 5_000 }
  return [
    { what, ...asPlain },
    { what: 'the same, as it is', ...absolute },
  ]
}

function singleRow({ ours, plain, ratio }: Rates): Row {
  return {
    what: 'one event a transaction, one after the other',
    atLeast: '0.5 of the same rows by plain SQL',
    measured: `${ours.toFixed(0)} events/s; ${ratio.toFixed(2)} of ${plain.toFixed(0)}`,
    isMet: ratio >= 0.5,
  }
}
