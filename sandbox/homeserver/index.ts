import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUser, dropTokens } from './accounts.ts'
import { parseRegistrations, type Registration } from './appservices.ts'
import type { RoomVersion } from './create-room.ts'
import type { Core } from './core.ts'
import { createTyping } from './ephemeral.ts'
import { createFaults, type Faults } from './faults.ts'
import type { Limits, Parts } from './homeserver.ts'
import { createRouter, listen, maxJsonBytes } from './http.ts'
import { openMedia } from './media.ts'
import { createNotifier } from './notifier.ts'
import { startPush } from './push.ts'
import { routeAccountData, routeProfile } from './routes/account.ts'
import { routeAdmin } from './routes/admin.ts'
import { routeDevices } from './routes/devices.ts'
import { routeEphemeral } from './routes/ephemeral.ts'
import { routeMedia } from './routes/media.ts'
import { routeMembership } from './routes/membership.ts'
import { routeRooms, routeState } from './routes/rooms.ts'
import { routeServer } from './routes/server.ts'
import { routeSession } from './routes/session.ts'
import { routeSync } from './routes/sync.ts'
import { routeTimeline } from './routes/timeline.ts'
import { openStore } from './store.ts'
import { createTransactions } from './txns.ts'

export type { Registration } from './appservices.ts'
export { createFaults, type Fault, type Faults } from './faults.ts'

/** How a homeserver is started; `port` 0 takes a free one, without `journal` everything ends with the process. */
export type HomeserverOptions = {
  serverName: string
  port: number
  host?: string
  registrations: Registration[]
  users: { localpart: string; password: string; admin: boolean }[]
  journal?: string
  clock?: () => number
  log?: (line: string) => void
  faults?: Faults
  /** Logins per IP; Synapse's default is `{ perSecond: 0.003, burst: 5 }`, none here unless set. */
  loginRateLimit?: Limits['login']
  /** The version of rooms that name none, '11' unless set; Synapse 1.163 has 12. */
  defaultRoomVersion?: RoomVersion
  /** Largest upload in bytes, 50 MiB unless set. */
  uploadBytes?: number
  /** Who signs people in; this server itself unless set. */
  authentication?: Core['authentication']
  /** Loses at a stop what Synapse loses: events not yet in a transaction, and retries until the next event (protocol/homeserver.md 0). */
  volatilePush?: boolean
  /** Multiplies the waits before a retry to an appservice (2, 4, 8… s), 1 unless set. */
  retryScale?: number
}

/**
 * A running homeserver. `close` and `kill` both stop at once, cutting what is open: Synapse's clean stop was seen to lose the same
 * as a kill (protocol/homeserver.md 0.1).
 */
export type Homeserver = AsyncDisposable & {
  url: string
  serverName: string
  faults: Faults
  /** Ends every token of a user, and those that it holds for others; gives how many there were. */
  revokeTokens(userId: string): number
  userIds(): readonly string[]
  close(): Promise<void>
  kill(): Promise<void>
}

/** Starts an imitation of Synapse over real HTTP. A registration that Synapse refuses, a journal that cannot be read and a taken port throw. */
export async function startHomeserver(options: HomeserverOptions): Promise<Homeserver> {
  const { serverName, host = '127.0.0.1', faults = createFaults(), log = () => undefined } = options
  const services = parseRegistrations(options.registrations, serverName)
  const store = openStore(options.journal)
  const closing = new AbortController()
  const core: Core = {
    serverName,
    store,
    services,
    notifier: createNotifier(),
    authentication: options.authentication ?? 'own',
    clock: options.clock ?? Date.now,
    log,
    onEvent: () => undefined,
    onEphemeral: () => undefined,
  }
  for (const user of options.users) addUser(core, user)
  const push = startPush({ core, faults, retryScale: options.retryScale ?? 1, isVolatile: options.volatilePush ?? false })
  core.onEvent = (event) => {
    push.event(event)
    const room = store.state.rooms.get(event.room_id)
    core.notifier.wake([...(room?.joined ?? []), ...(event.type === 'm.room.member' ? [event.state_key ?? ''] : [])])
  }
  core.onEphemeral = (roomId, event) => push.ephemeral(roomId, event)
  const typing = createTyping(core)
  const router = createRouter()
  const limits: Limits = {
    login: options.loginRateLimit ?? null,
    uploadBytes: options.uploadBytes ?? 52_428_800,
    roomVersion: options.defaultRoomVersion ?? '11',
  }
  const mediaFolder = options.journal === undefined ? mkdtempSync(join(tmpdir(), 'sandbox-media-')) : `${options.journal}.media`
  const media = openMedia(mediaFolder)
  route({ core, router, typing, push, txns: createTransactions(core.clock), media, limits, closing: closing.signal })
  const stopParts = async () => {
    closing.abort()
    typing.close()
    await push.close()
    store.close()
    if (options.journal === undefined) rmSync(mediaFolder, { recursive: true, force: true })
  }
  const maxBodyBytes = Math.max(maxJsonBytes, limits.uploadBytes)
  const server = await listen({ host, port: options.port, router, faults, maxBodyBytes, log }).catch(async (error: unknown) => {
    await stopParts()
    throw error
  })
  const stop = async () => {
    await server.stop()
    await stopParts()
  }
  return {
    url: `http://${host}:${server.port}`,
    serverName,
    faults,
    revokeTokens(userId) {
      const before = store.state.tokens.size
      dropTokens(core, (token) => token.userId === userId || token.puppetedBy === userId)
      return before - store.state.tokens.size
    },
    userIds: () => [...store.state.users.keys()],
    close: stop,
    kill: stop,
    [Symbol.asyncDispose]: stop,
  }
}

function route(parts: Parts): void {
  routeServer(parts)
  routeSession(parts)
  routeDevices(parts)
  routeRooms(parts)
  routeState(parts)
  routeMembership(parts)
  routeTimeline(parts)
  routeEphemeral(parts)
  routeProfile(parts)
  routeAccountData(parts)
  routeSync(parts)
  routeMedia(parts)
  routeAdmin(parts)
}

function addUser(core: Core, { localpart, password, admin }: HomeserverOptions['users'][number]): void {
  const userId = `@${localpart}:${core.serverName}`
  if (!core.store.state.users.has(userId)) createUser(core, { userId, password, admin, appserviceId: null })
}
