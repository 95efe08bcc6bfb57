import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startSandbox } from '../../sandbox/index.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, linkByQr, messagesOf, sendAndDeliver, settled } from '../support/inbox.ts'
import { openPhones } from '../support/phones.ts'
import type { World } from '../support/world.ts'
import { waitFor } from '../e2e/wait.ts'
import { openShelter, serverProcess } from '../torture/processes.ts'
import { findPorts } from '../support/ports.ts'

const admin = { email: 'admin@example.org', password: 'canary: password of the first admin' }
const ours = '+380671112233'
const customer = '+380501112233'

test(
  'after a day of work no secret stands in an answer, in a line of the log or in a dump of the database',
  { timeout: 120_000 },
  async () => {
    await using shelter = openShelter()
    await using sandbox = await openSandbox(shelter.folder)
    const data = join(shelter.folder, 'data')
    const env = {
      PATH: process.env['PATH'],
      MISTOK_DATA_DIR: data,
      MISTOK_PORT: String(await findPorts(1)),
      MISTOK_ADMIN_EMAIL: admin.email,
      MISTOK_ADMIN_PASSWORD: admin.password,
      MISTOK_LOG_LEVEL: 'debug',
      MISTOK_GRAPH_URL: sandbox.graph.url,
      MISTOK_GRAPH_MEDIA_URL: sandbox.graph.mediaUrl,
    }
    const server = serverProcess({ args: ['serve'], env, folder: shelter.folder, data, onPids: (pids) => shelter.watch('server', pids) })
    await using _ending = { [Symbol.asyncDispose]: server.end }
    await server.start()

    const { answers, secrets } = await workAndRead(server.state.url, sandbox)
    const dump = await dumpOf(server.state.database)
    await server.stop()
    const log = readFileSync(join(shelter.folder, 'server.log'), 'utf8')

    // What is looked at has to be there: these are no secrets.
    expect(answers).toContain('Привіт')
    expect(dump).toContain('Привіт')
    expect(log.length).toBeGreaterThan(100)
    const places = { answers, log, dump }
    const found = Object.entries(secrets).flatMap(([name, secret]) =>
      Object.entries(places).flatMap(([place, text]) => (text.includes(secret) ? [`${name} stands in ${place}`] : [])),
    )
    expect(found).toEqual([])
    // Tokens that the homeserver gave out, whoever has them.
    for (const [place, text] of Object.entries(places)) expect(text.match(/\bsyt_[A-Za-z0-9_]{8,}/g), place).toBeNull()
  },
)

/** Without our application service: accounts have passwords and tokens. */
async function openSandbox(folder: string) {
  const sandbox = await startSandbox({
    dataDir: folder,
    ports: { homeserver: 0, bridge: await findPorts(1), control: 0 },
    serverName: 'mistok.test',
    timeScale: 0.05,
    log: () => {},
  })
  return { ...sandbox, phones: openPhones(sandbox.controlUrl), [Symbol.asyncDispose]: () => sandbox.close() }
}

/** Sets up, links, talks, and makes a key; gives everything that was answered, and what must not be found anywhere. */
async function workAndRead(url: string, sandbox: Awaited<ReturnType<typeof openSandbox>>) {
  const person = await signIn(url, admin)
  const settings = {
    homeserver_url: sandbox.homeserverUrl,
    server_name: 'mistok.test',
    admin_login: sandbox.adminLogin,
    admin_password: sandbox.adminPassword,
    bridge_url: sandbox.bridgeUrl,
    bridge_admin_secret: sandbox.bridgeSecret,
    bridge_as_token: sandbox.bridgeRegistration.as_token,
    intake: 'sync' as const,
  }
  const saved = await person.call('saveMatrixSystemConfig', { body: settings })
  const params = { user_id: 'me' }
  const begun = await person.call('connectWhatsapp', { params, body: {} })
  const login = await linkByQr({ phones: sandbox.phones } as World, person, ours)
  await sandbox.phones.write(customer, { to: ours, type: 'text', text: 'Привіт' })
  const [chat] = await waitFor(
    async () => {
      const found = await conversationsOf(person)
      return found.length > 0 && found
    },
    { what: 'the chat', timeout: 30_000 },
  )
  await sendAndDeliver(person, chat!, { text: 'Вітаю' })
  const meta = await workAtMeta(person, sandbox)
  const key = await person.call('createApiKey', { body: { name: 'CRM', scopes: ['messages:read'] } })
  await settled(person)
  const answers = JSON.stringify([
    saved,
    meta,
    await person.call('getWhatsappConfig'),
    login,
    await messagesOf(person, chat!),
    await person.call('getMatrixSystemConfig'),
    await person.call('getWhatsappStatus', { params }),
    await person.call('getWhatsappLogin', { params }),
    await person.call('listApiKeys'),
    await person.call('listUsers'),
    await person.call('listChannels'),
    await person.call('getOperations'),
    await person.call('getMe'),
  ])
  const refusal = await person.refused('saveMatrixSystemConfig', { body: { ...settings, admin_password: 'canary: a wrong password' } })
  const secrets = {
    'the password of the first admin': admin.password,
    "the password of the homeserver's admin": sandbox.adminPassword,
    'a wrong password': 'canary: a wrong password',
    "the bridge's secret": sandbox.bridgeSecret,
    "the bridge's as_token": sandbox.bridgeRegistration.as_token,
    "the bridge's hs_token": sandbox.bridgeRegistration.hs_token,
    'the token for Meta': sandbox.graph.secrets.access_token,
    'a wrong token for Meta': 'canary-of-a-wrong-token',
    "the app's secret": sandbox.graph.secrets.app_secret,
    'the key': key.key ?? '',
    'a login code': begun.qr?.data ?? '',
  }
  return { answers: answers + JSON.stringify(refusal), secrets }
}

/** A business account is entered, wrongly first; somebody writes, and the answer meets a token that has ended. Gives what was answered. */
async function workAtMeta(person: Person, { graph, phones }: Awaited<ReturnType<typeof openSandbox>>): Promise<readonly unknown[]> {
  const { business_account_id, access_token, app_secret } = graph.secrets
  const body = { business_account_id, access_token, app_secret }
  const refused = await person.refused('saveWhatsappConfig', { body: { ...body, access_token: 'canary-of-a-wrong-token' } })
  const saved = await person.call('saveWhatsappConfig', { body })
  await graph.setWebhook(saved.callback_url, saved.verify_token)
  const [number] = saved.numbers
  await phones.write('+380501112244', { to: number?.phone, type: 'text', text: 'Привіт, Meta' })
  const find = async () => (await conversationsOf(person, number?.channel_id))[0]
  const chat = await waitFor(find, { what: 'the chat at Meta' })
  graph.setToken('expired')
  await person.call('sendMessage', { params: { conversation_id: chat.id }, body: { text: 'Вітаю' } })
  const held = async () => (await messagesOf(person, chat)).some((message) => message.held !== undefined)
  await waitFor(held, { what: 'the message to wait for a token' })
  graph.setToken('valid')
  await person.call('saveWhatsappConfig', { body: { business_account_id } })
  await waitFor(async () => (await phones.received('+380501112244')).length === 1, { what: 'the answer' })
  return [refused, saved, await messagesOf(person, chat)]
}

/** Every row of every table, as text. */
async function dumpOf(database: pg.ClientConfig): Promise<string> {
  const client = new pg.Client(database)
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    )
    const texts: string[] = []
    for (const { name } of tables.rows) texts.push(JSON.stringify((await client.query(`select to_jsonb(t) as row from "${name}" t`)).rows))
    return texts.join('\n')
  } finally {
    await client.end()
  }
}
