import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../lib/clock.ts'
import type { Json, Watch } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { roomKey } from '../reading/facts.ts'
import type { Homeserver } from '../client/homeserver.ts'
import { count, fields, filled } from '../../../lib/fields.ts'
import { sentinelOf } from '../names.ts'
import { streams } from '../reading/pieces.ts'
import { nothing, readSync } from './pull.ts'
import { type Signs, troubleOf } from './signs.ts'
import { taskOf } from './task-names.ts'
import { type Actor, MatrixError, path } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
  readonly clock: Clock
  readonly signs: Signs
}

/** Where the sentinel sings, and since when (milliseconds). */
interface Place {
  readonly room: string
  readonly made_at: number
}

// A homeserver keeps every event for ever: a room of canaries is left behind after a month.
const roomLivesMs = 30 * 86_400_000
const heldMs = 50_000
const breathMs = 1_000

/**
 * The watch over our application service (protocol/homeserver.md 13.4): an account of ours that is nobody's, alone in a room. What it says
 * there has to be pushed to us, and the request that it holds open breaks when the homeserver is restarted. Undefined where nothing is
 * pushed.
 */
export function createWatch(deps: Deps): Watch | undefined {
  const { config, homeserver, signs } = deps
  const { asToken, hsToken, registrationId } = config
  if (asToken === undefined || hsToken === undefined || config.intake === 'sync') return undefined
  const sentinel: Actor = { token: asToken, userId: sentinelOf(config) }

  return {
    stream: streams.push,
    onSign: signs.on,
    isMissed: (waitsFor) => waitsFor.startsWith(roomKey('')),
    lookUp: (account, { conversation, message }) => taskOf({ kind: 'look_up', room: conversation, event: message }, account, message),

    async listen(signal) {
      await register(deps, sentinel, signal)
      for (let since: string | undefined; ;) {
        since = (await readSync(homeserver, sentinel, { filter: nothing, since, timeoutMs: heldMs }, signal)).cursor
        await sleep(breathMs, undefined, { signal })
      }
    },

    async sing(known, signal) {
      const before = readPlace(known)
      const isOld = before === undefined || deps.clock() - before.made_at > roomLivesMs
      const place = isOld ? await makeRoom(deps, sentinel, signal) : before
      if (await say(homeserver, sentinel, place.room, signal)) {
        if (before !== undefined && isOld) await leave(homeserver, sentinel, before.room, signal)
        return { ...place }
      }
      const another = await makeRoom(deps, sentinel, signal)
      await say(homeserver, sentinel, another.room, signal)
      return { ...another }
    },

    async nudge(signal) {
      if (registrationId === undefined) return
      const place = path`/_matrix/client/v1/appservice/${registrationId}/ping`
      const ping = { method: 'POST', path: place, as: { token: asToken }, body: { transaction_id: 'mistok-nudge' }, signal } as const
      // Whatever else it answers, it is there; not every homeserver can be asked this.
      await homeserver.call(ping).catch((error: unknown) => {
        if (!(error instanceof MatrixError) || troubleOf(error) !== undefined) throw error
      })
    },
  }
}

function readPlace(known: Json | null): Place | undefined {
  const { room, made_at } = fields(known)
  const id = filled(room)
  return id === undefined ? undefined : { room: id, made_at: count(made_at) ?? 0 }
}

async function register({ config, homeserver }: Deps, { token }: Actor, signal: AbortSignal): Promise<void> {
  const username = sentinelOf(config).slice(1, -config.serverName.length - 1)
  const body = { type: 'm.login.application_service', username, inhibit_login: true }
  const request = { method: 'POST', path: '/_matrix/client/v3/register', as: { token }, body, signal } as const
  await homeserver.call(request).catch((error: unknown) => {
    if (!(error instanceof MatrixError && error.errcode === 'M_USER_IN_USE')) throw error
  })
}

async function makeRoom(deps: Deps, sentinel: Actor, signal: AbortSignal): Promise<Place> {
  await register(deps, sentinel, signal)
  const body = { preset: 'private_chat', visibility: 'private', name: 'Mistok: canary', creation_content: { 'm.federate': false } }
  const made = await deps.homeserver.call({ method: 'POST', path: '/_matrix/client/v3/createRoom', as: sentinel, body, signal })
  const room = filled(made['room_id'])
  if (room === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver made a room without naming it')
  return { room, made_at: deps.clock() }
}

/** False when the sentinel may not speak there, or nothing is there any more. */
async function say(homeserver: Homeserver, sentinel: Actor, room: string, signal: AbortSignal): Promise<boolean> {
  const place = path`/_matrix/client/v3/rooms/${room}/send/org.mistok.canary/${randomUUID()}`
  return homeserver.call({ method: 'PUT', path: place, as: sentinel, body: { n: randomUUID() }, signal }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof MatrixError && (error.status === 403 || error.status === 404)) return false
      throw error
    },
  )
}

async function leave(homeserver: Homeserver, sentinel: Actor, room: string, signal: AbortSignal): Promise<void> {
  for (const deed of ['leave', 'forget']) {
    const place = path`/_matrix/client/v3/rooms/${room}/${deed}`
    await homeserver.call({ method: 'POST', path: place, as: sentinel, body: {}, signal }).catch(() => {})
  }
}
