import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelId, ExternalId, UserId } from '../../contract/ids.ts'
import { readConfig } from '../../server/config.ts'
import { createDoor } from '../../server/create-door.ts'
import { createInbox, type Inbox } from '../../server/create-inbox.ts'
import { createRoads } from '../../server/create-roads.ts'
import { createFeed } from '../../server/inbox/feed.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createEndpoints } from '../../server/lib/endpoints.ts'
import { createMetrics } from '../../server/lib/metrics.ts'
import { openData } from '../../server/open-data.ts'
import type { InboundEvent, Limits, Provider, ProviderName, TemplateDefinition } from '../../server/providers/provider.ts'
import { createDatabase } from './database.ts'
import { chatWith, createFakeNetwork, externalOf, type FakeNetwork, personOf } from './fake-provider.ts'

/** A road of the running server with a network in memory behind it. */
export interface TestRoad {
  readonly network: FakeNetwork
  /** A number that is there from now on: of a person, or of the team where nobody is named. */
  link(phone: string, owner?: UserId): Promise<ChannelId>
  /** Somebody writes to one of our numbers, and may be answered freely until then. */
  write(from: string, to: string, text: string, windowUntil?: Date): Promise<void>
  /** A group on one of our numbers, in which somebody writes. */
  writeInGroup(from: string, to: string, text: string): Promise<void>
  /** A template without variables may be sent from this number from now on. */
  approve(phone: string, name: string): Promise<void>
  /** What the network says of one of our numbers. */
  become(phone: string, status: 'connected' | 'restricted' | 'logged_out'): Promise<void>
}

/** The server listening, on a database of its own, with both roads: linked phones, and a business whose window closes. */
export interface TwoRoads extends AsyncDisposable {
  readonly url: string
  setupToken(): Promise<string>
  readonly phones: TestRoad
  readonly business: TestRoad
}

const businessLimits: Partial<Limits> = { windowed: true, other: ['template'], edit: false, typing: false }

export async function openTwoRoads(): Promise<TwoRoads> {
  await using opened = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'mistok-roads-'))
  opened.defer(() => rmSync(directory, { recursive: true, force: true }))
  const database = opened.use(await createDatabase())
  const { config, secrets } = readConfig({ MISTOK_DATA_DIR: directory, MISTOK_PORT: '1', DATABASE_URL: database.connectionString })
  const shared = { clock: systemClock, log: silentLog }
  const data = await openData({ directory, databaseUrl: database.connectionString, sealingKeys: secrets.sealingKeys, ...shared })
  opened.defer(data.close)
  const http = createHttpClient({ purpose: 'nothing', allowPrivate: false })
  opened.defer(http.close)
  const settings = await createRoads({ config, data, http, ...shared })
  opened.defer(settings.providers.close)

  const networks = { phones: createFakeNetwork(), business: createFakeNetwork({ name: 'cloud', limits: businessLimits }) }
  const known: readonly Provider[] = Object.values(networks).map((network) => network.provider())
  const find = (name: ProviderName) => known.find((provider) => provider.name === name)
  const providers = { ...settings.providers, find, all: () => known }
  const metrics = createMetrics()
  const { mediaDirectory, db, listener, locks, seal } = data
  const inbox = createInbox({
    db,
    listener,
    locks,
    seal,
    ...shared,
    providers,
    mediaDirectory,
    metrics,
    mediaMaxBytes: 1_000_000,
    ffmpeg: 'off',
    fetcher: http,
    pastedAccounts: settings.pastedAccounts,
  })
  opened.defer(inbox.stop)
  const feed = createFeed({ db, listener, ...shared })
  opened.defer(feed.close)
  const roads = { ...settings, providers }
  const door = await createDoor({
    config,
    webRoot: join(directory, 'no-page'),
    data,
    roads,
    inbox,
    feed,
    metrics,
    endpoints: createEndpoints(Date.now),
    ...shared,
  })
  opened.defer(() => door.http.close())
  const url = await door.http.listen({ host: '127.0.0.1', port: 0 })
  const kept = opened.move()
  return {
    url,
    async setupToken() {
      return (await door.signIn.issueSetupToken()) ?? ''
    },
    phones: roadOn(inbox, data, find('matrix'), networks.phones),
    business: roadOn(inbox, data, find('cloud'), networks.business),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function roadOn(
  { accounts, channels, keep }: Inbox,
  { db }: Awaited<ReturnType<typeof openData>>,
  provider: Provider | undefined,
  network: FakeNetwork,
): TestRoad {
  if (provider === undefined) throw new Error('this road is not there')
  const { name } = provider
  const hear = (...items: InboundEvent[]) => keep(name, { stream: 'fake', key: randomUUID(), body: JSON.stringify({ items }) })
  const accountsOf = new Map<string, ExternalId>()
  return {
    network,
    async link(phone, owner) {
      const owned =
        owner === undefined ? ({ type: 'channel', id: `chn_${randomUUID().slice(-12)}` } as const) : ({ type: 'user', id: owner } as const)
      const accountId = await db.transaction().execute((tx) => accounts.reserve(tx, name, owned))
      const { external } = await accounts.ensure(provider, accountId, phone, AbortSignal.timeout(5_000))
      network.linkOutside(external, phone)
      accountsOf.set(phone, external)
      const account = await accounts.findByExternal(name, external)
      if (account === undefined) throw new Error('the account was not made')
      const linked = { external: externalOf(phone), phone, name: `Number ${phone}`, status: 'connected' } as const
      const attached = await db.transaction().execute((tx) => channels.attach(tx, { provider, account, phone: linked }))
      if (attached.type !== 'attached') throw new Error('the number is taken')
      return attached.channelId
    },
    async write(from, to, text, windowUntil) {
      const channel = externalOf(to)
      const place = { channel, conversation: chatWith(channel, from), at: new Date().toISOString() }
      const window = windowUntil === undefined ? {} : { windowUntil: windowUntil.toISOString() }
      const id = randomUUID() as string as ExternalId
      await hear(
        { type: 'conversation', kind: 'direct', ...place, contact: personOf(from) },
        {
          type: 'message',
          ...place,
          id,
          sender: personOf(from),
          content: { type: 'text', text },
          forwarded: false,
          history: false,
          ...window,
        },
      )
    },
    async writeInGroup(from, to, text) {
      const channel = externalOf(to)
      const place = { channel, conversation: `${channel}-group` as ExternalId, at: new Date().toISOString() }
      const id = randomUUID() as string as ExternalId
      await hear(
        { type: 'conversation', kind: 'group', ...place, name: 'Group' },
        { type: 'message', ...place, id, sender: personOf(from), content: { type: 'text', text }, forwarded: false, history: false },
      )
    },
    async approve(phone, template) {
      const account = accountsOf.get(phone) ?? ('' as ExternalId)
      const definition: TemplateDefinition = {
        id: template,
        name: template,
        language: 'uk',
        category: 'utility',
        status: 'approved',
        components: [{ part: 'body', format: 'text', text: 'Your order is ready', variables: [] }],
      }
      await hear({ type: 'templates', account, templates: [definition] })
    },
    become: (phone, status) => hear({ type: 'channel', channel: externalOf(phone), at: new Date().toISOString(), status }),
  }
}
