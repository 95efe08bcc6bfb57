import { startHomeserver, type Registration } from '../../../sandbox/homeserver/index.ts'
import { openAppservice } from '../appservice.ts'
import { startSynapse } from '../synapse.ts'
import { registrations, type World } from './script.ts'

const SERVER_NAME = 'honest.test'

type OpenHomeserver = (registrations: Registration[]) => Promise<Omit<World, 'inbox' | 'bridge'> & { close(): Promise<void> }>

async function openWorld(open: OpenHomeserver): Promise<World & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const inbox = opened.use(await openAppservice())
  const bridge = opened.use(await openAppservice())
  const homeserver = await open(registrations(SERVER_NAME, { inbox: inbox.url, bridge: bridge.url }))
  opened.defer(homeserver.close)
  const kept = opened.move()
  return { ...homeserver, inbox, bridge, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** `high` for the sections that log in often, `default` for the one about limits. */
type LoginLimits = 'default' | 'high'

/** The truth: a Synapse on PostgreSQL with the sections' registrations. */
export function openSynapseWorld(loginLimits: LoginLimits): Promise<World & AsyncDisposable> {
  return openWorld(async (files) => {
    const synapse = await startSynapse({ serverName: SERVER_NAME, registrations: files, database: 'postgres', loginLimits })
    const { url, serverName, adminLogin, adminPassword } = synapse
    return { url, serverName, adminLogin, adminPassword, close: synapse.stop }
  })
}

/**
 * The imitation: the sandbox's homeserver, which must not differ from the truth in anything that the sections touch. `retryScale` below
 * 1 shortens its waits before a refused transaction is sent again.
 */
export function openSandboxWorld(loginLimits: LoginLimits, retryScale = 1): Promise<World & AsyncDisposable> {
  return openWorld(async (registrations) => {
    const admin = { localpart: 'admin', password: 'test-admin-password', admin: true }
    const limited = loginLimits === 'default' ? { loginRateLimit: { perSecond: 0.003, burst: 5 } } : {}
    // Rooms of version 12 where nobody says otherwise, as the Synapse beside it makes them.
    const options = { serverName: SERVER_NAME, port: 0, defaultRoomVersion: '12', retryScale, ...limited } as const
    const started = await startHomeserver({ ...options, registrations, users: [admin] })
    const { url, serverName, close } = started
    return { url, serverName, adminLogin: admin.localpart, adminPassword: admin.password, close }
  })
}
