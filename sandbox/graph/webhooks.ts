import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Graph } from './world.ts'

type Change = { field: string; value: unknown }
type Sender = Pick<Graph, 'store' | 'faults' | 'secrets' | 'timeScale' | 'log'>

/** Deliveries to the webhook of the app. */
export type Webhooks = {
  tell: (change: Change) => void
  /** Asks the address to prove itself, as when it is entered at Meta; throws a sentence where it does not. */
  verify: (url: string, verifyToken: string) => Promise<void>
  close: () => Promise<void>
}

const firstPauseMs = 1_000
const longestPauseMs = 3_600_000
const atOnce = 4

/**
 * Delivers what is queued, for ever: what was not answered by 200 is repeated, later and later (protocol/meta.md 0.1). Deliveries go one
 * after another unless a fault says otherwise; Meta promises no order at all.
 */
export function startWebhooks(sender: Sender): Webhooks {
  const { store } = sender
  const closed = new AbortController()
  const agent = new Agent({ connections: atOnce })
  let work: Promise<void> | undefined

  function wake(): void {
    if (closed.signal.aborted) return
    work ??= run().finally(() => {
      work = undefined
      if (store.state.queue.size > 0 && !closed.signal.aborted && store.state.webhook !== undefined) wake()
    })
  }

  async function run(): Promise<void> {
    for (let pause = firstPauseMs; store.state.queue.size > 0 && !closed.signal.aborted;) {
      const { webhook } = store.state
      if (webhook === undefined) return
      const entries = next(sender)
      const isTaken = await deliver(
        sender,
        webhook.url,
        entries.map(([, body]) => body as Change),
        { agent, signal: closed.signal },
      )
      if (isTaken) {
        for (const [n] of entries) store.commit({ t: 'done', n })
        pause = firstPauseMs
      } else {
        await sleep(pause * sender.timeScale, undefined, { signal: closed.signal }).catch(() => {})
        pause = Math.min(pause * 2, longestPauseMs)
      }
    }
  }

  setImmediate(wake)
  return {
    tell(change) {
      if (!store.state.subscribed || store.state.webhook === undefined) return
      store.commit({ t: 'queued', n: store.state.lastQueued + 1, body: change })
      // Later, so that whoever caused it has answered first, as Meta mostly does.
      setTimeout(wake, 5)
    },
    async verify(url, verifyToken) {
      const challenge = String(Math.floor(Math.random() * 1e10))
      const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.challenge': challenge, 'hub.verify_token': verifyToken })
      const answer = await request(`${url}?${query.toString()}`, { dispatcher: agent, signal: AbortSignal.timeout(10_000) }).catch(
        (error: Error) => {
          throw new Error(`the callback URL does not answer: ${error.message}`)
        },
      )
      const text = await answer.body.text()
      if (answer.statusCode !== 200 || text !== challenge)
        throw new Error(`the callback URL answered ${answer.statusCode} and not the challenge: is the verify token the same on both sides?`)
      store.commit({ t: 'webhook', url, verify_token: verifyToken })
      wake()
    },
    async close() {
      closed.abort()
      await agent.destroy()
      await work?.catch(() => {})
    },
  }
}

/** What goes out together: one change, or several where a fault says so. */
function next({ store, faults }: Sender): [number, unknown][] {
  const waiting = [...store.state.queue]
  const batch = faults.take('webhook', ['batch'])
  const reorder = waiting.length > 1 ? faults.take('webhook', ['reorder']) : undefined
  if (reorder !== undefined) return [waiting[1] as [number, unknown]]
  return waiting.slice(0, batch === undefined ? 1 : 20)
}

async function deliver(
  sender: Sender,
  url: string,
  changes: Change[],
  { agent, signal }: { agent: Agent; signal: AbortSignal },
): Promise<boolean> {
  const { faults, secrets, timeScale, log } = sender
  const delay = faults.take('webhook', ['delay'])
  if (delay !== undefined) await sleep((delay.ms ?? 1_000) * timeScale, undefined, { signal }).catch(() => {})
  const body = Buffer.from(
    phpJson({
      object: 'whatsapp_business_account',
      entry: [{ id: secrets.business_account_id, changes: changes.map((change) => spoiled(sender, change)) }],
    }),
  )
  const isWrong = faults.take('webhook', ['wrong_signature']) !== undefined
  const signature = createHmac('sha256', isWrong ? 'another secret' : secrets.app_secret)
    .update(body)
    .digest('hex')
  const copies = faults.take('webhook', ['duplicate']) === undefined ? 1 : 3
  try {
    const answers = await Promise.all(
      Array.from({ length: copies }, async () => {
        const headers = {
          'content-type': 'application/json',
          'x-hub-signature-256': `sha256=${signature}`,
          'user-agent': 'facebookexternalua',
        }
        const answer = await request(url, {
          method: 'POST',
          headers,
          body,
          dispatcher: agent,
          signal: AbortSignal.any([signal, AbortSignal.timeout(20_000)]),
        })
        await answer.body.dump()
        return answer.statusCode
      }),
    )
    // A delivery that was signed wrongly on purpose is repeated as it should be.
    return !isWrong && answers.includes(200)
  } catch (error) {
    if (!signal.aborted) log(`webhook: ${String(error)}`)
    return false
  }
}

/** Faults that change what is said. */
function spoiled({ faults }: Sender, change: Change): Change {
  const value = structuredClone(change.value) as {
    messages?: { [key: string]: unknown }[]
    contacts?: { [key: string]: unknown }[]
    [key: string]: unknown
  }
  if (faults.take('webhook', ['unknown']) !== undefined) {
    value['brand_new'] = { of: ['Meta'] }
    for (const message of value.messages ?? []) message['user_actions_v2'] = [{ at: 1 }]
  }
  const from = value.messages === undefined ? undefined : faults.take('webhook', ['from_absent', 'from_empty'])
  for (const each of from === undefined ? [] : [...(value.messages ?? []), ...(value.contacts ?? [])]) {
    for (const key of ['from', 'wa_id']) {
      if (!(key in each)) continue
      if (from?.kind === 'from_empty') each[key] = ''
      else delete each[key]
    }
  }
  if (faults.take('webhook', ['huge']) !== undefined) value['padding'] = 'x'.repeat(2_900_000)
  return { ...change, value }
}

/** JSON as PHP writes it: other letters than English ones escaped, and `/` too. The signature is over these bytes. */
function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replaceAll(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
