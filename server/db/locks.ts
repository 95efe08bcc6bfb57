import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connectionOf, type DatabaseAddress } from './open.ts'

/** Something that only one process does at a time. `lost` tells that the connection broke and somebody else may have begun. */
export interface Hold extends AsyncDisposable {
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** Names that one process of all holds. A process that dies holds nothing any more at once, one that stands still after half a minute. */
export interface Locks {
  /** Undefined while somebody else holds the name, in this process too. Throws when the database is away. */
  tryHold(name: string): Promise<Hold | undefined>
  /** Waits for the name. Throws when the signal says so or the database is away. */
  hold(name: string, signal: AbortSignal): Promise<Hold>
  close(): Promise<void>
}

/**
 * PostgreSQL's advisory locks, all on one connection of their own: held for minutes they cost no connection of the pool and no
 * open transaction, which would hold the change feed back. Whoever is silent for `frozenAfterMs` (a machine that was put to sleep) loses them.
 */
export function openLocks(address: DatabaseAddress, frozenAfterMs = 30_000): Locks {
  const held = new Map<string, AbortController>()
  let connection: Promise<pg.Client> | undefined
  let closed = false
  const ask = createAsk()

  const locks: Locks = {
    async tryHold(name) {
      if (held.has(name)) return undefined
      const lost = new AbortController()
      held.set(name, lost)
      try {
        const client = await connect()
        const { rows } = await ask<{ locked: boolean }>(client, 'select pg_try_advisory_lock($1) as locked', name)
        if (rows[0]?.locked !== true) {
          held.delete(name)
          return undefined
        }
        const release = () => free(name, lost, client)
        return { lost: lost.signal, release, [Symbol.asyncDispose]: release }
      } catch (error) {
        held.delete(name)
        throw error
      }
    },
    async hold(name, signal) {
      for (;;) {
        signal.throwIfAborted()
        const hold = await locks.tryHold(name)
        if (hold !== undefined) return hold
        await sleep(50, undefined, { signal })
      }
    },
    async close() {
      closed = true
      const current = await connection?.catch(() => undefined)
      await current?.end().catch(() => {})
    },
  }
  return locks

  function connect(): Promise<pg.Client> {
    connection ??= open().catch((error: unknown) => {
      connection = undefined
      throw error
    })
    return connection
  }

  async function open(): Promise<pg.Client> {
    if (closed) throw new Error('the locks were closed')
    return openSession(address, frozenAfterMs, ask, () => {
      connection = undefined
      for (const lost of held.values()) lost.abort()
      held.clear()
    })
  }

  async function free(name: string, lost: AbortController, client: pg.Client): Promise<void> {
    if (held.get(name) !== lost) return
    try {
      await ask(client, 'select pg_advisory_unlock($1)', name)
    } catch {
      // The connection broke, and the lock went with it.
    }
    if (held.get(name) === lost) held.delete(name)
  }
}

type Ask = ReturnType<typeof createAsk>

/** One question after the other: the driver does not line them up by itself any more. */
function createAsk() {
  let turn: Promise<unknown> = Promise.resolve()
  return <T extends pg.QueryResultRow>(client: pg.Client, sql: string, name?: string): Promise<pg.QueryResult<T>> => {
    const answer = turn.then(() => client.query<T>(sql, name === undefined ? [] : [keyOf(name)]))
    turn = answer.catch(() => {})
    return answer
  }
}

/** A connection that PostgreSQL ends when this process is silent for so long. */
async function openSession(address: DatabaseAddress, frozenAfterMs: number, ask: Ask, ended: () => void): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionOf(address), application_name: 'mistok-locks', keepAlive: true })
  client.on('error', () => {})
  client.once('end', ended)
  await client.connect()
  await client.query(noticeDeath).catch(() => {})
  await client.query(`set idle_session_timeout = ${frozenAfterMs}`)
  const beat = setInterval(() => void ask(client, 'select 1').catch(() => {}), frozenAfterMs / 4).unref()
  client.once('end', () => clearInterval(beat))
  return client
}

/** A machine that is gone says no goodbye: what it held is free after half a minute, not after hours. Sockets of this machine need none. */
const noticeDeath = 'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3'

/** A 64-bit number for a name, as PostgreSQL wants it. */
function keyOf(name: string): string {
  return BigInt.asIntN(64, BigInt(`0x${createHash('sha256').update(`mistok ${name}`).digest('hex').slice(0, 16)}`)).toString()
}
