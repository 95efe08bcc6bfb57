import { openDatabase } from '../../server/db/open.ts'
import type { Bench } from './bench.ts'
import { type Client, openClient } from './client.ts'
import type { Row } from './report.ts'
import { percentile } from './stats.ts'
import { vocabulary } from './texts.ts'

const largeSize = { numbers: 5, chats: 100_000, messages: 1_000_000 }
const warmUp = 20
const times = 300

/** Rows 5 and 6: reading where there is much. Each request is made over HTTP, one after the other, as a page makes them. */
export async function measureLarge({ withServer, say }: Bench): Promise<Row[]> {
  say('making 100,000 conversations and 1,000,000 messages; this takes minutes')
  return withServer(largeSize, async (server) => {
    const client = await openClient(server.url)
    try {
      const chats = await busyChats(server.database)
      const list = await timed(client, () => '/api/v1/communications/conversations')
      const page = await timed(client, (n) => `/api/v1/communications/conversations/${chats[n % chats.length]}/messages?limit=50`)
      const search = await timed(client, (n) => `/api/v1/communications/search?q=${encodeURIComponent(soughtOf(n))}`)
      say(`list p99 ${ms(list, 0.99)}, page p99 ${ms(page, 0.99)}, search p95 ${ms(search, 0.95)}`)
      return [
        row('conversation list, first page, 100,000 conversations and 1,000,000 messages', list, 0.99, 20),
        row('page of 50 messages there', page, 0.99, 10),
        row('search there: words that are frequent, rare and nowhere', search, 0.95, 100),
      ]
    } finally {
      await client.close()
    }
  })
}

async function busyChats(database: Parameters<typeof openDatabase>[0]): Promise<readonly string[]> {
  const db = openDatabase(database, 1)
  const rows = await db
    .selectFrom('messages')
    .select('conversation_id')
    .groupBy('conversation_id')
    .having((group) => group.fn.countAll(), '>=', 50)
    .limit(times)
    .execute()
  await db.destroy()
  return rows.map((found) => found.conversation_id)
}

/** In turn a word that many messages have, one that few have, the number of one message, and what nobody said. */
function soughtOf(n: number): string {
  const rare = vocabulary.length - 1 - (n % 500)
  return [vocabulary[n % 10], vocabulary[rare], `№${(n * 3_001) % largeSize.messages}`, `ніколи ${n}`][n % 4] ?? ''
}

async function timed(client: Client, pathOf: (n: number) => string): Promise<readonly number[]> {
  const took: number[] = []
  for (let n = 0; n < warmUp + times; n += 1) {
    const began = performance.now()
    await client.get(pathOf(n))
    took.push(performance.now() - began)
  }
  return took.slice(warmUp)
}

const ms = (took: readonly number[], share: number) => `${percentile(took, share).toFixed(1)} ms`

function row(what: string, took: readonly number[], share: number, atMost: number): Row {
  return {
    what,
    atLeast: `p${share * 100} ≤ ${atMost} ms`,
    measured: `p${share * 100} ${ms(took, share)}, p50 ${ms(took, 0.5)}`,
    isMet: percentile(took, share) <= atMost,
  }
}
