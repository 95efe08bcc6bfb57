import { AppError } from '../../lib/errors.ts'
import type { Clock } from '../../lib/clock.ts'

/** Bounds guessing (`safety.md` T0 e), in the memory of this process. */
export interface SignInLimit {
  /** Counts a try before it is made, so that tries at the same moment count too. Throws rate_limited. */
  take(account: string, address: string): void
  /** The try was right: this address knows this account, and its earlier mistakes are forgiven. */
  succeeded(account: string, address: string): void
}

const windowMs = 15 * 60_000
const freeTries = 3
const triesOfAddress = 30
const triesOfAccount = 50
const remembered = 20_000

interface Tries {
  count: number
  /** Milliseconds since the epoch: no try before, and when all is forgotten. */
  notBefore: number
  forgottenAt: number
}

/**
 * After three tries for one account from one address each further one waits four times longer, up to 15 minutes; an address has 30 tries
 * over all accounts in 15 minutes, an account 50 over all addresses that have never signed in to it. So nobody is locked out from where
 * they usually are by a stranger elsewhere.
 */
export function createSignInLimit(clock: Clock): SignInLimit {
  const pairs = new Map<string, Tries>()
  const addresses = new Map<string, Tries>()
  const accounts = new Map<string, Tries>()
  const familiar = new Set<string>()

  return {
    take(account, address) {
      const now = clock()
      const pair = `${account} ${networkOf(address)}`
      const limits = [
        {
          map: pairs,
          key: pair,
          waitAfter: (count: number) => (count < freeTries ? 0 : Math.min(windowMs, 1000 * 4 ** (count - freeTries))),
        },
        { map: addresses, key: networkOf(address), waitAfter: (count: number) => (count < triesOfAddress ? 0 : windowMs) },
        ...(familiar.has(pair)
          ? []
          : [{ map: accounts, key: account, waitAfter: (count: number) => (count < triesOfAccount ? 0 : windowMs) }]),
      ]
      for (const { map, key } of limits) refuseEarly(map.get(key), now)
      for (const { map, key, waitAfter } of limits) count(map, key, waitAfter, now)
    },
    succeeded(account, address) {
      const pair = `${account} ${networkOf(address)}`
      pairs.delete(pair)
      forgive(addresses.get(networkOf(address)))
      if (!familiar.has(pair)) forgive(accounts.get(account))
      remember(familiar, pair)
    },
  }
}

function refuseEarly(tries: Tries | undefined, now: number): void {
  if (tries === undefined || tries.notBefore <= now) return
  const retryAfter = Math.ceil((tries.notBefore - now) / 1000)
  throw new AppError('rate_limited', `Too many wrong tries. Wait ${retryAfter} s.`, { retryAfter })
}

function count(map: Map<string, Tries>, key: string, waitAfter: (count: number) => number, now: number): void {
  const known = map.get(key)
  const tries = known === undefined || known.forgottenAt <= now ? { count: 0, notBefore: 0, forgottenAt: now + windowMs } : known
  tries.count += 1
  tries.notBefore = now + waitAfter(tries.count)
  tries.forgottenAt = Math.max(tries.forgottenAt, tries.notBefore)
  map.delete(key)
  map.set(key, tries)
  const oldest = map.keys().next()
  if (map.size > remembered && oldest.done === false) map.delete(oldest.value)
}

/** A try that was right is no try to guess: a whole office may sign in from one address. */
function forgive(tries: Tries | undefined): void {
  if (tries === undefined) return
  tries.count -= 1
  tries.notBefore = 0
}

function remember(set: Set<string>, key: string): void {
  set.delete(key)
  set.add(key)
  const oldest = set.values().next()
  if (set.size > remembered && oldest.done === false) set.delete(oldest.value)
}

/** Whoever has one IPv6 address has the whole /64 of it. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length
  return [...groups, ...Array<string>(missing).fill('0'), ...(tail ?? '').split(':')].slice(0, 4).join(':')
}
