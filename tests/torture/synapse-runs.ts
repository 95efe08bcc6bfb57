import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bridgeRegistrationOf, startSandbox } from '../../sandbox/index.ts'
import { startSynapse, type Synapse } from '../e2e/synapse.ts'
import type { OtherBridge } from '../support/world.ts'
import { signIn } from './api.ts'
import type { Outcome } from './demo-runs.ts'
import { openShelter, serverProcess, type ServerProcess } from './processes.ts'
import { findPorts } from '../support/ports.ts'
import { openNarrow } from './narrow.ts'
import { countPushLosses, type PushLosses } from './pushed.ts'
import { admin, type Calm, type Load, prepare, torture } from './stage.ts'

/** How a Synapse is taken away: by SIGKILL, or asked to end. */
export type Taking = 'kill' | 'restart'

/** `push`: our application service, audited. `sync`: nobody has edited the homeserver's config. */
export type Road = 'push' | 'sync'

export interface SynapseOutcome extends Outcome {
  readonly pushes: PushLosses
}

const serverName = 'mistok.test'

/** Takes a real Synapse away again and again, at random moments under traffic. */
export async function takeSynapseAway(options: {
  takings: readonly Taking[]
  road: Road
  load: Load
  everyMs: number
  calm: Calm
}): Promise<SynapseOutcome> {
  const { road, load, everyMs, calm } = options
  await using world = await openProductOnSynapse(road)
  const { server, synapse, sandboxUrl } = world
  const stage = await prepare({ url: server.state.url, sandboxUrl, load })
  const recoveries: number[] = []
  const trouble = async () => {
    for (const taking of options.takings) {
      await sleep(everyMs * (0.2 + Math.random()))
      server.check()
      const began = performance.now()
      if (taking === 'kill') await synapse.kill()
      await synapse.restart()
      recoveries.push(performance.now() - began)
    }
    await sleep(everyMs)
  }
  const { comparison, repeats } = await torture(stage, load, trouble, calm)
  const pushes = await countPushLosses(server.state.database)
  await server.stop()
  return { comparison, repeats, recoveries, pushes }
}

/** What is else than usual: see `openNarrow`; a bridge in place of the sandbox's; what Node is told for the server. */
export interface Elsewise {
  readonly timelineLimit?: number
  readonly openBridge?: (place: OtherBridge) => Promise<AsyncDisposable>
  readonly flags?: readonly string[]
}

/** The server beside a real Synapse with a bridge on it, entered in the settings. */
export async function openProductOnSynapse(road: Road, elsewise: Elsewise = {}) {
  await using opened = new AsyncDisposableStack()
  const shelter = opened.use(openShelter())
  const port = await findPorts(2)
  const env = {
    PATH: process.env['PATH'],
    MISTOK_DATA_DIR: join(shelter.folder, 'data'),
    MISTOK_PORT: String(port),
    MISTOK_ADMIN_EMAIL: admin.email,
    MISTOK_ADMIN_PASSWORD: admin.password,
    MISTOK_LOG_LEVEL: 'warn',
  }
  const server = serverProcess({
    args: ['serve'],
    flags: elsewise.flags,
    env,
    folder: shelter.folder,
    data: env.MISTOK_DATA_DIR,
    onPids: (pids) => shelter.watch('server', pids),
  })
  opened.defer(server.end)
  await server.start()
  const outside = await openOutside(opened, { server, env, road, folder: shelter.folder, bridgePort: port + 1, ...elsewise })
  const kept = opened.move()
  return { server, ...outside, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

interface Inside extends Elsewise {
  readonly server: ServerProcess
  readonly env: NodeJS.ProcessEnv
  readonly road: Road
  readonly folder: string
  readonly bridgePort: number
}

/** Synapse, the bridge on it, and both entered in the settings, as an operator would. */
async function openOutside(
  opened: AsyncDisposableStack,
  { server, env, road, folder, bridgePort, timelineLimit, openBridge }: Inside,
): Promise<{ synapse: Synapse; sandboxUrl: string }> {
  const { url } = server.state
  const ours = road === 'push' ? await printedRegistrations(env, url) : []
  const webhook = `${url}/api/v1/integrations/matrix/webhook`
  const doublePuppetToken = ours[1]?.['as_token']
  const sandboxOptions = {
    dataDir: folder,
    ports: { homeserver: 0, bridge: bridgePort, control: 0 },
    serverName,
    statusEndpoint: webhook,
    checkpointEndpoint: webhook,
    ...(typeof doublePuppetToken === 'string' ? { doublePuppetToken } : {}),
    ...(openBridge === undefined ? {} : { otherBridge: true as const }),
    log: () => {},
  }
  const registrations = [await bridgeRegistrationOf(sandboxOptions), ...ours]
  const synapse = opened.use(await startSynapse({ serverName, registrations, database: 'postgres', loginLimits: 'high' }))
  const sandbox = await startSandbox({ ...sandboxOptions, homeserver: synapse })
  opened.defer(sandbox.close)
  if (openBridge !== undefined) {
    const { homeserverUrl, bridgeUrl, bridgeRegistration: registration, bridgeSecret: sharedSecret, wireUrl = '' } = sandbox
    const tokens = { registration, sharedSecret, doublePuppetToken: typeof doublePuppetToken === 'string' ? doublePuppetToken : undefined }
    opened.use(await openBridge({ dir: folder, homeserverUrl, serverName, productUrl: url, bridgeUrl, ...tokens, wireUrl }))
  }
  const homeserver = timelineLimit === undefined ? synapse : opened.use(await openNarrow(synapse.url, timelineLimit))
  const boss = await signIn(url, admin.email, admin.password)
  await boss.need('POST', '/settings/matrix-system-config', {
    homeserver_url: homeserver.url,
    server_name: serverName,
    admin_login: sandbox.adminLogin,
    admin_password: sandbox.adminPassword,
    bridge_url: sandbox.bridgeUrl,
    bridge_admin_secret: sandbox.bridgeSecret,
    bridge_as_token: sandbox.bridgeRegistration.as_token,
    intake: road === 'push' ? 'push_and_sync' : 'sync',
  })
  return { synapse, sandboxUrl: sandbox.controlUrl }
}

/** What `mistok registration` prints, read back: ours, and the one for double puppeting. */
async function printedRegistrations(env: NodeJS.ProcessEnv, url: string): Promise<readonly Record<string, unknown>[]> {
  const main = join(import.meta.dirname, '../../cli/main.ts')
  const args = [main, 'registration', '--server-name', serverName, '--url', url]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 })
  return stdout
    .split(/^(?=id: )/m)
    .slice(1)
    .map((text) => {
      const plain = [...text.matchAll(/^(\S+): (["\w].*)$/gm)].map(([, key = '', value = '']) => [key, JSON.parse(value)] as const)
      const users = [...text.matchAll(/\{exclusive: (true|false), regex: (".*")\}/g)].map(([, exclusive, regex = '']) => ({
        exclusive: exclusive === 'true',
        regex: JSON.parse(regex) as unknown,
      }))
      return { ...Object.fromEntries(plain), namespaces: { users, aliases: [], rooms: [] } }
    })
}
