import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { openClient } from './client.ts'
import { createTalk, transactionOf } from './events.ts'
import { conversationOf } from './names.ts'
import type { Row } from './report.ts'
import { percentile } from './stats.ts'

const size = { numbers: 1, chats: 1_000 }
const perSecond = 200
const seconds = 20
const warmUp = 200
const posts = 300

/** Rows 3 and 4: how long a message takes through the server, in and out. */
export async function measureLatency({ withServer, say }: Bench): Promise<Row[]> {
  return withServer(size, async (server, homeserver) => {
    const client = await openClient(server.url)
    try {
      const inbound = await measureIn(client)
      say(`in: p50 ${ms(percentile(inbound, 0.5))}, p99 ${ms(percentile(inbound, 0.99))}`)
      const outbound = await measureOut(client, homeserver.onMessage)
      say(`out: p50 ${ms(percentile(outbound, 0.5))}, p99 ${ms(percentile(outbound, 0.99))}`)
      return [inRow(inbound), outRow(outbound)]
    } finally {
      await client.close()
    }
  })
}

type Client = Awaited<ReturnType<typeof openClient>>

/** Each message in a transaction of its own, at its time whether or not the ones before have been answered. */
async function measureIn(client: Client): Promise<number[]> {
  const talk = createTalk(size.chats)
  const sentAt = new Map<string, number>()
  const took: number[] = []
  await client.follow('message.created', (data) => {
    const began = sentAt.get((data as { text: string }).text)
    if (began !== undefined) took.push(performance.now() - began)
  })
  const total = perSecond * seconds
  const pushes: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; n < total; n += 1) {
    const due = start + (n * 1_000) / perSecond - performance.now()
    if (due > 0) await sleep(due)
    const said = talk(1)
    sentAt.set(said[0]?.text ?? '', performance.now())
    pushes.push(client.push(transactionOf(said)))
  }
  await Promise.all(pushes)
  await until(() => took.length === total, `${total} messages on the stream`)
  return took.slice(warmUp)
}

/** One after the other, each in a chat of its own: in one chat the second would wait for the bridge's word on the first. */
async function measureOut(client: Client, onMessage: (hear: (text: string) => void) => void): Promise<number[]> {
  const took: number[] = []
  for (let n = 1; n <= posts + warmUp / 10; n += 1) {
    const called = Promise.withResolvers<number>()
    onMessage((text) => text === `answer ${n}` && called.resolve(performance.now()))
    const began = performance.now()
    await client.post(`/api/v1/communications/conversations/${conversationOf(n)}/messages`, { text: `answer ${n}` })
    took.push((await called.promise) - began)
    await sleep(10)
  }
  return took.slice(warmUp / 10)
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within a minute`)
    await sleep(10)
  }
}

const ms = (value: number) => `${value.toFixed(1)} ms`

function inRow(took: readonly number[]): Row {
  const [p50, p99] = [percentile(took, 0.5), percentile(took, 0.99)]
  return {
    what: 'webhook in → server-sent event out, 200 messages/s',
    atLeast: 'p50 ≤ 15 ms, p99 ≤ 80 ms',
    measured: `p50 ${ms(p50)}, p99 ${ms(p99)}`,
    isMet: p50 <= 15 && p99 <= 80,
  }
}

function outRow(took: readonly number[]): Row {
  const p50 = percentile(took, 0.5)
  return {
    what: 'POST message → provider called',
    atLeast: 'p50 ≤ 15 ms',
    measured: `p50 ${ms(p50)}, p99 ${ms(percentile(took, 0.99))}`,
    isMet: p50 <= 15,
  }
}
