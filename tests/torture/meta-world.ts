import { createHash, createHmac } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import type { Call } from '../../contract/api.ts'
import { startSandbox } from '../../sandbox/index.ts'
import { waitFor } from '../e2e/wait.ts'
import { findPorts } from '../support/ports.ts'
import { type Api, listConversations, listMessages, signIn } from './api.ts'
import { openShelter, serverProcess, type ServerProcess } from './processes.ts'
import { admin } from './stage.ts'

/** The server as a process, with the numbers of an account at the imitated Meta; deliveries are signed and brought by us. */
export interface MetaWorld extends AsyncDisposable {
  readonly server: ServerProcess
  readonly account: string
  readonly numbers: readonly { readonly id: string; readonly phone: string }[]
  /** Brings a delivery; resolves with the answer's status, 0 where none came. */
  deliver(body: string): Promise<number>
  /** How many of these deliveries are kept and not yet applied. No public door tells it while the server is dead. */
  countWaiting(bodies: readonly string[]): Promise<number>
  /** Waits until all that was kept is applied, then gives what each message of the inbox says. */
  rest(): Promise<readonly string[]>
}

const patienceMs = 1_800_000

export async function openMetaWorld(): Promise<MetaWorld> {
  await using opened = new AsyncDisposableStack()
  const shelter = opened.use(openShelter())
  const ports = { homeserver: 0, bridge: 0, control: 0 }
  const { graph, close } = await startSandbox({ ports, timeScale: 0.02, log: () => {} })
  opened.defer(close)
  const env = {
    PATH: process.env['PATH'],
    MISTOK_DATA_DIR: join(shelter.folder, 'data'),
    MISTOK_PORT: String(await findPorts(1)),
    MISTOK_GRAPH_URL: graph.url,
    MISTOK_GRAPH_MEDIA_URL: graph.mediaUrl,
    MISTOK_ADMIN_EMAIL: admin.email,
    MISTOK_ADMIN_PASSWORD: admin.password,
    MISTOK_LOG_LEVEL: 'warn',
  }
  const server = serverProcess({
    args: ['serve'],
    env,
    folder: shelter.folder,
    data: env.MISTOK_DATA_DIR,
    onPids: (pids) => shelter.watch('server', pids),
  })
  opened.defer(server.end)
  await server.start()
  const { url, database } = server.state
  const boss = await signIn(url, admin.email, admin.password)
  const { business_account_id, access_token, app_secret } = graph.secrets
  const settings: Call<'saveWhatsappConfig'>['body'] = { business_account_id, access_token, app_secret }
  const saved = await boss.need<{ callback_url: string }>('POST', '/settings/whatsapp-config', settings)
  const kept = opened.move()
  return {
    server,
    account: business_account_id,
    numbers: graph.numbers,
    deliver: (body) => post(`${url}${new URL(saved.callback_url).pathname}`, body, app_secret),
    countWaiting: (bodies) => countWaiting(database, bodies),
    rest: () => textsAtRest(boss),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function post(url: string, body: string, secret: string): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` }
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(20_000) })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 0
  }
}

async function countWaiting(database: MetaWorld['server']['state']['database'], bodies: readonly string[]): Promise<number> {
  const client = new pg.Client(database)
  await client.connect()
  try {
    const { rows } = await client.query<{ waiting: number }>(
      "select count(*)::int as waiting from inbound_batches where provider = 'cloud' and key = any($1) and done_at is null",
      [bodies.map((body) => createHash('sha256').update(body).digest('hex'))],
    )
    return rows[0]?.waiting ?? 0
  } finally {
    await client.end()
  }
}

async function textsAtRest(boss: Api): Promise<readonly string[]> {
  const isAtRest = async () => (await boss.need<{ inbound_waiting: number }>('GET', '/operations')).inbound_waiting === 0
  await waitFor(isAtRest, { what: 'everything to be applied', timeout: patienceMs, interval: 100 })
  const texts: string[] = []
  for (const { id } of await listConversations(boss))
    for (const message of await listMessages(boss, id)) texts.push('text' in message ? (message.text ?? '') : message.type)
  return texts
}
