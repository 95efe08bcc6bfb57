import type { ExternalId } from '../../../contract/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError, messageOf, SendError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { AccountLink, Connection, LoginFlows, Numbers, Provider } from '../../providers/provider.ts'

export interface SessionsDeps {
  readonly clock: Clock
  readonly log: Log
  /** Makes a new session for an account of this provider, by whatever means there are, and keeps it. Throws AppError where there are none. */
  readonly renew: (provider: Provider, account: AccountLink) => Promise<AccountLink>
  /** Told when an account was lost or has come back, so that its numbers say so. */
  readonly changed: () => void
}
type DoAs = <T>(account: AccountLink, work: (account: AccountLink) => Promise<T>) => Promise<T>

/** What could not be renewed is not tried again at once, in milliseconds. */
const restMs = 30_000

/**
 * The same provider, whose accounts are revived: when the network has ended the session of one, a new one is made, and what failed by it
 * is done again. Cursors stay, so nothing is lost. Where no session can be made, what fails says what an operator has to do.
 */
export function withSessions(provider: Provider, deps: SessionsDeps): Provider {
  const { sessions, login, numbers } = provider
  const { pull } = provider.intake
  if (sessions === undefined) return provider
  const renew = createRenew(provider, deps)
  const doAs: DoAs = async (account, work) => {
    try {
      return await work(account)
    } catch (error) {
      if (!sessions.endedBy(error)) throw error
      return work(await renew(account))
    }
  }
  // Asked for their state, accounts are looked at themselves: the bridge may know a phone of somebody as whom we cannot act any more.
  const alive = async (account: AccountLink) => {
    const lives = await sessions.lives(account, AbortSignal.timeout(livesMs)).catch(() => true)
    return lives ? account : renew(account)
  }
  return {
    ...provider,
    intake: {
      ...provider.intake,
      ...(pull === undefined ? {} : { pull: { ...pull, poll: (account, ...rest) => doAs(account, (as) => pull.poll(as, ...rest)) } }),
    },
    connect: (channel) => connectionWith(doAs, channel.account, (account) => provider.connect({ ...channel, account })),
    run: (task, account, signal) =>
      account === null ? provider.run(task, account, signal) : doAs(account, (as) => provider.run(task, as, signal)),
    numbers: numbersWith(doAs, numbers, alive),
    ...(login === undefined ? {} : { login: loginWith(doAs, login) }),
  }
}

const livesMs = 10_000

function createRenew(provider: Provider, { renew, changed, clock, log }: SessionsDeps): (account: AccountLink) => Promise<AccountLink> {
  const failures = new Map<ExternalId, { readonly error: unknown; readonly until: number }>()
  return async (account) => {
    const failure = failures.get(account.external)
    if (failure !== undefined && clock() < failure.until) throw failure.error
    try {
      const renewed = await renew(provider, account)
      failures.delete(account.external)
      changed()
      log.info({ account: account.external }, 'the session of an account had ended; it has a new one')
      return renewed
    } catch (error) {
      if (failure === undefined) changed()
      failures.set(account.external, { error, until: clock() + restMs })
      log.warn({ account: account.external, error: messageOf(error) }, 'the session of an account has ended and could not be renewed')
      throw error
    }
  }
}

function connectionWith(doAs: DoAs, account: AccountLink, connect: (account: AccountLink) => Connection): Connection {
  const line = connect(account)
  // Whoever acts, a provider's lines can all do the same.
  const as = <T>(work: (whole: Required<Connection>) => Promise<T>) => doAs(account, (who) => work(connect(who) as Required<Connection>))
  return {
    ...line,
    send: (message, signal) => as((whole) => whole.send(message, signal)).catch(toSendError),
    ...(line.perform === undefined ? {} : { perform: (deed, signal) => as((whole) => whole.perform(deed, signal)).catch(toSendError) }),
    ...(line.markRead === undefined ? {} : { markRead: (target) => as((whole) => whole.markRead(target)) }),
    ...(line.setTyping === undefined ? {} : { setTyping: (...typing) => as((whole) => whole.setTyping(...typing)) }),
    ...(line.largestFile === undefined ? {} : { largestFile: (signal) => as((whole) => whole.largestFile(signal)) }),
    ...(line.open === undefined ? {} : { open: (addressee, signal) => as((whole) => whole.open(addressee, signal)) }),
    fetchMedia: (ref, signal) => as((whole) => whole.fetchMedia(ref, signal)),
  }
}

function toSendError(error: unknown): never {
  if (error instanceof SendError) throw error
  if (error instanceof AppError)
    throw new SendError('channel_not_connected', error.message, { certain: true, retryAfterMs: null }, { cause: error })
  throw new SendError('provider_unavailable', messageOf(error), { certain: true, retryAfterMs: 5_000 }, { cause: error })
}

function loginWith(doAs: DoAs, login: LoginFlows): LoginFlows {
  return {
    start: (account, request, signal) => doAs(account, (as) => login.start(as, request, signal)),
    wait: (account, handle, signal) => doAs(account, (as) => login.wait(as, handle, signal)),
    cancel: (account, handle) => doAs(account, (as) => login.cancel(as, handle)),
  }
}

function numbersWith(doAs: DoAs, numbers: Numbers, alive: (account: AccountLink) => Promise<AccountLink>): Numbers {
  const { logout } = numbers
  return {
    ...numbers,
    list: async (account) => doAs(await alive(account), (as) => numbers.list(as)),
    ...(logout === undefined ? {} : { logout: (account, phone) => doAs(account, (as) => logout(as, phone)) }),
  }
}
