import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { connectDevice, linkDevice } from '../phone/linking.ts'
import type { MediaStore } from '../phone/media.ts'
import { type Network, setPhone } from '../phone/network.ts'
import { setTyping } from '../phone/receipts.ts'
import { setApp, tellAddressBook, tellHistory } from './business-app.ts'
import { createGraphFaults, type GraphFaults } from './faults.ts'
import { createApi, createMediaHost } from './http.ts'
import { listenFor, tellNewUserId } from './inbound.ts'
import { createLimits } from './limits.ts'
import { openStore } from './state.ts'
import { firstTemplates, reviewTemplate } from './templates.ts'
import { startWebhooks } from './webhooks.ts'
import { type Graph, type GraphSecrets, newId } from './world.ts'

export type GraphOptions = {
  network: Network
  media: MediaStore
  host: string
  ports: { api: number; media: number }
  journal: string | undefined
  secretsFile: string | undefined
  timeScale: number
  log: (text: string) => void
}

/** The running Graph API, with what an operator copies from Meta's pages, and the hands that move it. */
export type RunningGraph = {
  url: string
  mediaUrl: string
  secrets: GraphSecrets
  numbers: { id: string; phone: string; name: string }[]
  faults: GraphFaults
  /** Enters the callback URL, which has to prove itself. */
  setWebhook: (url: string, verifyToken: string) => Promise<void>
  setToken: (state: 'valid' | 'expired' | 'revoked', scopes?: string[]) => void
  advance: (ms: number) => void
  review: (template: string, status: string) => void
  /** Gives somebody who writes to the first number another id. */
  changeUserId: (phone: string, userId: string) => void
  /** Whether a number is in the WhatsApp Business app too (protocol/meta.md 5.5). Throws for what is no number of the account. */
  setApp: (phone: string, on: boolean) => void
  /** Tells what the app of such a number knows; gives how many deliveries that takes. Throws where there is no app. */
  sync: (phone: string, what: 'history' | 'contacts') => number
  /** What was asked for of the app of a number since it is in it, in order, refused or not. */
  asked: (phone: string) => readonly string[]
  /** Deliveries that were not taken yet. */
  waiting: () => number
  close: () => Promise<void>
}

const firstNumbers = [
  { phone: '380441110001', name: 'Місток Продажі' },
  { phone: '380441110002', name: 'Місток Підтримка' },
]

/** Starts the Graph API on the phones of the network. A taken port throws. */
export async function startGraph(options: GraphOptions): Promise<RunningGraph> {
  const { network, host, timeScale, log } = options
  const store = openStore(options.journal)
  const faults = createGraphFaults()
  const secrets = keptSecrets(options.secretsFile)
  const now = () => network.clock() + store.state.aheadMs
  const webhooks = startWebhooks({ store, faults, secrets, timeScale, log })
  let mediaUrl = ''
  const graph: Graph = {
    network,
    media: options.media,
    store,
    faults,
    secrets,
    mediaUrl: () => mediaUrl,
    now,
    tell: webhooks.tell,
    limits: createLimits(now),
    typing: (number, phone) => setTyping(network, { phone: number.phone, chat: { peer: phone }, on: true }),
    timeScale,
    log,
  }
  seed(graph)
  const gone = [...store.state.numbers.values()].map((number) => connectDevice(network, number.device, listenFor(graph, number)))
  const api = createApi(graph)
  const files = createMediaHost(graph)
  mediaUrl = await listen(files, host, options.ports.media)
  const url = await listen(api, host, options.ports.api)
  return {
    url,
    mediaUrl,
    secrets,
    numbers: [...store.state.numbers.values()].map(({ id, phone, name }) => ({ id, phone: `+${phone}`, name })),
    faults,
    setWebhook: webhooks.verify,
    setToken: (state, scopes) => store.commit({ t: 'token', state, ...(scopes === undefined ? {} : { scopes }) }),
    advance: (ms) => store.commit({ t: 'clock', ahead_ms: store.state.aheadMs + ms }),
    review: (template, status) => reviewTemplate(graph, template, status),
    changeUserId(phone, userId) {
      const [number] = store.state.numbers.values()
      if (number !== undefined) tellNewUserId(graph, number, phone, userId)
    },
    setApp: (phone, on) => setApp(graph, phone, on),
    sync: (phone, what) => (what === 'history' ? tellHistory(graph, phone) : tellAddressBook(graph, phone)),
    asked: (phone) => [...store.state.numbers.values()].find((number) => number.phone === phone)?.asked ?? [],
    waiting: () => store.state.queue.size,
    async close() {
      for (const leave of gone) leave()
      await Promise.all([api.close(), files.close(), webhooks.close()])
      store.close()
    },
  }
}

/** The numbers and templates that the account begins with; a number is a phone of the network with this one device. */
function seed({ network, store }: Graph): void {
  if (store.state.numbers.size > 0) return
  for (const { phone, name } of firstNumbers) {
    setPhone(network, phone, { name, by_number: true })
    const device = linkDevice(network, phone, { api: true })
    store.commit({ t: 'number', number: { id: newId(), phone, name, device: device.id, status: 'CONNECTED', quality: 'GREEN' } })
  }
  for (const template of firstTemplates) store.commit({ t: 'template', template: { id: newId(), ...template } })
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  await app.listen({ host, port })
  return `http://${host}:${(app.server.address() as AddressInfo).port}`
}

function keptSecrets(file: string | undefined): GraphSecrets {
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as GraphSecrets
  const secrets = {
    business_account_id: newId(),
    app_id: newId(),
    access_token: `EAA${randomBytes(40).toString('hex')}`,
    app_secret: randomBytes(16).toString('hex'),
  }
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  }
  return secrets
}
