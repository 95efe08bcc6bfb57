import type { ExternalId } from '../../contract/ids.ts'
import type { LoginError } from '../../contract/login.ts'
import { AppError } from '../../server/lib/errors.ts'
import type { Json } from '../../server/lib/json.ts'
import type {
  AccountLink,
  Limits,
  LinkedPhone,
  LoginRequest,
  LoginStep,
  Numbers,
  OutboundDeed,
  OutboundMessage,
  Parsed,
  Provider,
  ProviderName,
  Sender,
} from '../../server/providers/provider.ts'

/** What a raw batch of the fake network holds: the answer of `parse`, ready made. */
export type FakeBatch = Partial<Parsed>

/**
 * A network in memory behind the `Provider` port, moved by hand and without a clock of its own. Several providers share one
 * network, as several servers do. It refuses what the real one refuses: unknown accounts, dead handles, numbers that are not
 * international; and a number that is linked anew leaves the account that it was linked under.
 */
export interface FakeNetwork {
  provider(): Provider
  /** While true, every request fails as if nobody were there. */
  away: boolean
  /** While true, the bridge lets nobody link. */
  forbidden: boolean
  /** Names of accounts, in the order in which they were made. */
  readonly accounts: readonly string[]
  /** `from` is the number that it was sent from, as the network names it. */
  readonly sent: readonly FakeSent[]
  /** What else was done, and from which number. */
  readonly done: readonly FakeDone[]
  /** The linkings that run, the oldest first. */
  readonly processes: readonly FakeProcess[]
  /** How many requests have waited for one linking at the same moment, at most. */
  readonly mostWaiters: number
  /** How many linkings have been started. */
  readonly started: number
  /** A phone takes the newest linking over, by its QR or code. `quietly`: nobody is told, as when the answer is lost. */
  scan(phone: string, options?: { quietly?: boolean }): void
  /** The newest linking shows its next QR code. */
  rotate(): void
  /** The newest linking ends with this error. */
  fail(code: LoginError): void
  /** The bridge is started anew: linkings that run are forgotten, linked phones are not. */
  restart(): void
  /** Changes what is said of a linked phone; `null` unlinks it. */
  setPhone(phone: string, change: Partial<LinkedPhone> | null): void
  /** Links a phone from outside, as from another Matrix client. */
  linkOutside(account: ExternalId, phone: string): void
}

export interface FakeProcess {
  readonly id: string
  readonly account: ExternalId
  readonly method: 'qr' | 'phone'
  readonly again: ExternalId | undefined
}

interface Process extends FakeProcess {
  step: number
  end: LoginStep | undefined
  waiters: number
  changed: PromiseWithResolvers<void>
}

interface FakeDone {
  readonly type: OutboundDeed['type'] | 'read' | 'typing'
  readonly from: ExternalId
}
type FakeSent = OutboundMessage & { readonly from: ExternalId }

interface FakeOptions {
  readonly name?: ProviderName
  readonly limits?: Partial<Limits>
}

/** Somebody with this phone, as the network names them. */
export function personOf(phone: string): Sender {
  return { id: `person-${externalOf(phone)}` as ExternalId, isUs: false, phone }
}

/** The network's own name of the chat of one of our numbers with somebody. */
export function chatWith(channel: ExternalId, phone: string): ExternalId {
  return `${channel}-${externalOf(phone)}` as ExternalId
}

const codes = 6

/** What a network without any features of its own takes: short texts, answers, and all that can be done to them. */
export const plainLimits: Limits = {
  text: { max_length: 100, formatting: [] },
  files: {},
  voice: [],
  other: [],
  reply: true,
  reaction: true,
  edit: { max_age_seconds: 900 },
  delete_for_everyone: { max_age_seconds: 172_800 },
  read_receipts: true,
  typing: true,
}
/** Of a network that has no numbers. */
export const noNumbers: Numbers = {
  words: { away: 'Nobody answers', gone: 'Not linked any more' },
  list: async () => [],
  attached: () => ({ facts: [], resolved: [] }),
  held: () => [],
}
const epoch = Date.parse('2026-11-22T12:00:00Z')

/** What the network holds, and the deeds on it that both its hands and its providers need. */
interface State {
  readonly accounts: Map<string, { password: string }>
  readonly phones: Map<string, { account: ExternalId; phone: LinkedPhone }>
  readonly processes: Map<string, Process>
  readonly sent: FakeSent[]
  readonly done: FakeDone[]
  started: number
  mostWaiters: number
  away: boolean
  forbidden: boolean
}

/** `name` is the road that it stands for; `limits` is what it takes otherwise than `plainLimits`. */
export function createFakeNetwork({ name = 'matrix', limits = {} }: FakeOptions = {}): FakeNetwork {
  const state: State = {
    accounts: new Map(),
    phones: new Map(),
    processes: new Map(),
    sent: [],
    done: [],
    started: 0,
    mostWaiters: 0,
    away: false,
    forbidden: false,
  }
  const { accounts, phones, processes, sent, done } = state
  return {
    provider: () => createProvider(state, { name, limits }),
    get away() {
      return state.away
    },
    set away(away) {
      state.away = away
    },
    get forbidden() {
      return state.forbidden
    },
    set forbidden(forbidden) {
      state.forbidden = forbidden
    },
    get accounts() {
      return [...accounts.keys()]
    },
    sent,
    done,
    get processes() {
      return [...processes.values()]
    },
    get mostWaiters() {
      return state.mostWaiters
    },
    get started() {
      return state.started
    },
    scan(phone, { quietly = false } = {}) {
      const process = newest(state)
      const linked = link(state, process.account, phone)
      if (quietly) processes.delete(process.id)
      finish(process, quietly ? lost : { type: 'complete', phone: linked })
    },
    rotate() {
      const process = newest(state)
      process.step += 1
      announce(process)
    },
    fail: (code) => finish(newest(state), { type: 'failed', code, detail: `refused: ${code}` }),
    restart() {
      for (const process of processes.values()) finish(process, lost)
      processes.clear()
    },
    setPhone(phone, change) {
      const linked = phones.get(externalOf(phone))
      if (linked === undefined) throw new Error(`${phone} is not linked`)
      if (change === null) phones.delete(externalOf(phone))
      else phones.set(externalOf(phone), { ...linked, phone: { ...linked.phone, ...change } })
    },
    linkOutside: (account, phone) => void link(state, account, phone),
  }
}

function createProvider(state: State, { name, limits }: Required<FakeOptions>): Provider {
  return {
    name,
    intake: {
      factKeys: () => [],
      parse: (batch) => ({ items: [], facts: [], tasks: [], resolved: [], ...(JSON.parse(batch.body) as FakeBatch) }),
    },
    connect: (channel) => ({
      async send(message) {
        reach(state)
        state.sent.push({ ...message, from: channel.external })
        return { id: `sent-${message.attempt}` as ExternalId, state: 'sent', proofMs: 0 }
      },
      async perform(deed) {
        reach(state)
        state.done.push({ type: deed.type, from: channel.external })
        return { id: `done-${deed.attempt}` as ExternalId, state: 'sent', proofMs: null }
      },
      async markRead() {
        state.done.push({ type: 'read', from: channel.external })
      },
      async setTyping() {
        state.done.push({ type: 'typing', from: channel.external })
      },
      fetchMedia: async () => (async function* () {})(),
      limitsKey: (conversation) => `limits:${conversation}`,
      limits: () => ({ ...plainLimits, text: { max_length: 4096, formatting: [] }, ...limits }),
      async open(addressee) {
        reach(state)
        if (!('phone' in addressee) || addressee.phone.endsWith('0000'))
          throw new AppError('recipient_unreachable', 'Nobody has this number.')
        return { conversation: chatWith(channel.external, addressee.phone), contact: personOf(addressee.phone) }
      },
    }),
    run: async () => ({ batches: [] }),
    accounts: {
      async ensure({ name, password }) {
        reach(state)
        const made = state.accounts.get(name)
        if (made !== undefined && made.password !== password) throw new Error(`${name} belongs to somebody else`)
        state.accounts.set(name, { password })
        return { external: `@${name}` as ExternalId, secrets: { access_token: `token-of-${name}` } }
      },
    },
    login: {
      start: async (account, request) => start(state, account, request),
      wait: (account, handle, signal) => wait(state, account, handle, signal),
      async cancel(account, handle) {
        reach(state, account)
        const process = state.processes.get(handle.split('/')[0] ?? '')
        if (process === undefined) return
        state.processes.delete(process.id)
        finish(process, { type: 'failed', code: 'login_closed', detail: 'Login cancelled' })
      },
    },
    numbers: {
      ...noNumbers,
      async list(account) {
        reach(state, account)
        if (state.forbidden) throw Object.assign(new Error('User does not have login permissions'), { status: 403 })
        return [...state.phones.values()].filter((linked) => linked.account === account.external).map((linked) => linked.phone)
      },
      async logout(account, phone) {
        reach(state, account)
        if (state.phones.get(phone)?.account === account.external) state.phones.delete(phone)
      },
      attached: (account, phone) => ({
        facts: [{ key: `login:${phone.external}`, value: { account: account.external } satisfies Json }],
        resolved: [`login:${phone.external}`],
      }),
      held: (phone) => [{ key: `login:${phone.external}`, value: null }],
    },
  }
}

function start(state: State, account: AccountLink, request: LoginRequest): LoginStep {
  reach(state, account)
  if (state.forbidden) return { type: 'failed', code: 'bridge_forbidden', detail: 'User does not have login permissions' }
  const { method, phone, again } = request
  if (method === 'phone' && phone?.startsWith('+') !== true)
    return { type: 'failed', code: 'phone_format', detail: 'international, please' }
  if (again !== undefined && state.phones.get(again)?.account !== account.external) throw new Error(`nothing to link again: ${again}`)
  state.started += 1
  const id = `process-${state.started}`
  const process: Process = {
    id,
    account: account.external,
    method,
    again,
    step: 1,
    end: undefined,
    waiters: 0,
    changed: Promise.withResolvers(),
  }
  state.processes.set(id, process)
  return stepOf(process)
}

async function wait(state: State, account: AccountLink, handle: string, signal: AbortSignal): Promise<LoginStep> {
  reach(state, account)
  const [id = '', step] = handle.split('/')
  const process = state.processes.get(id)
  if (process === undefined) return lost
  if (process.account !== account.external) throw new Error('this linking is another account’s')
  process.waiters += 1
  state.mostWaiters = Math.max(state.mostWaiters, process.waiters)
  try {
    while (process.end === undefined && String(process.step) === step) await untilChanged(process, signal)
  } finally {
    process.waiters -= 1
  }
  reach(state, account)
  if (process.end !== undefined) state.processes.delete(id)
  return process.end ?? stepOf(process)
}

function reach(state: State, account?: AccountLink): void {
  if (state.away) throw new Error('connect ECONNREFUSED')
  if (account !== undefined && account.secrets['access_token'] !== `token-of-${account.external.slice(1)}`)
    throw new Error('M_UNKNOWN_TOKEN')
}

function link(state: State, account: ExternalId, phone: string): LinkedPhone {
  const linked: LinkedPhone = { external: externalOf(phone), phone, name: phone, status: 'connected' }
  state.phones.set(linked.external, { account, phone: linked })
  return linked
}

function newest(state: State): Process {
  const process = [...state.processes.values()].at(-1)
  if (process === undefined) throw new Error('nobody is linking a phone')
  return process
}

const lost: LoginStep = { type: 'failed', code: 'login_lost', detail: 'Login not found' }

function stepOf(process: Process): LoginStep {
  const handle = `${process.id}/${process.step}`
  const expiresAt = new Date(epoch + 60_000 + (process.step - 1) * 20_000).toISOString()
  if (process.method === 'phone') return { type: 'code', handle, code: 'ABCD-1234', expiresAt }
  return {
    type: 'qr',
    handle,
    data: `https://wa.me/settings/linked_devices#2@${process.id}-${process.step}`,
    expiresAt,
    number: process.step,
    of: codes,
  }
}

function finish(process: Process, end: LoginStep): void {
  process.end = end
  announce(process)
}

function announce(process: Process): void {
  process.changed.resolve()
  process.changed = Promise.withResolvers()
}

async function untilChanged(process: Process, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', abort)
  try {
    await Promise.race([process.changed.promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The network's own name of a number. */
export function externalOf(phone: string): ExternalId {
  return phone.replace('+', '') as ExternalId
}
