import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { createMatrixConfigs } from './inbox/settings/matrix-config.ts'
import { createPastedAccounts } from './inbox/linking/pasted-accounts.ts'
import { type CloudConfigsDeps, createCloudConfigs } from './inbox/settings/cloud-config.ts'
import { startFirstSetup } from './inbox/settings/first-setup.ts'
import { createProviderRegistry, type ProviderRegistry, roadKind } from './inbox/settings/providers.ts'
import { createSettings } from './inbox/settings/settings.ts'
import type { Clock } from './lib/clock.ts'
import type { HttpClient } from './lib/http-client.ts'
import type { Log } from './lib/log.ts'
import type { FirstSetup } from './lib/setup-file.ts'
import type { Data } from './open-data.ts'
import type { Config } from './config.ts'
import type { CloudRoad } from './providers/cloud-setup.ts'
import { createCloudProvider } from './providers/cloud/index.ts'
import { probeCloud } from './providers/cloud/probe.ts'
import type { MatrixRoad } from './providers/matrix-setup.ts'
import { createHomeserver } from './providers/matrix/client/homeserver.ts'
import { createMatrixProvider } from './providers/matrix/index.ts'
import { makeFirstAdmin } from './providers/matrix/setup/first-admin.ts'
import { signInAgain, signOut } from './providers/matrix/setup/homeserver.ts'
import { createPastedProvider, findTokenOwner, type PastedRoad } from './providers/matrix/setup/pasted.ts'
import { probeMatrix } from './providers/matrix/setup/probe.ts'

/** The settings, and the roads to WhatsApp as they are set up at any moment. */
export type Roads = Awaited<ReturnType<typeof createRoads>>

/** `http` may reach private addresses, where homeserver and bridge may stand. */
interface RoadsDeps {
  readonly config: Pick<Config, 'graphUrl' | 'graphMediaUrl' | 'configFiles'>
  readonly data: Data
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Log
}

const one = <T>(name: 'matrix' | 'cloud', config: T | undefined) => (config === undefined ? [] : [{ name, config }])

export async function createRoads({ config, data, http, clock, log }: RoadsDeps) {
  const settings = createSettings({ db: data.db, seal: data.seal, clock })
  let reload: () => Promise<void> = () => Promise.resolve()
  let inbox: ReturnType<CloudConfigsDeps['inbox']> | undefined
  const matrixConfigs = createMatrixConfigs({
    settings,
    probe: (...asked) => probeMatrix({ http, clock }, ...asked),
    withConfigFiles: async (checks) => {
      const { homeserver, bridge } = config.configFiles
      if (homeserver === undefined && bridge === undefined) return checks
      // Loaded only where it is needed: it brings a reader of YAML along.
      const { withConfigFiles } = await import('./providers/matrix/setup/config-files.ts')
      return withConfigFiles(checks, config.configFiles)
    },
    signInAgain: ({ homeserverUrl, ...admin }) =>
      signInAgain(createHomeserver({ config: { homeserverUrl }, http, clock }), admin, AbortSignal.timeout(30_000)),
    signOut: ({ homeserverUrl, token }) =>
      signOut(createHomeserver({ config: { homeserverUrl }, http, clock }), token, AbortSignal.timeout(30_000)),
    reload: () => reload(),
    newToken: () => randomBytes(32).toString('hex'),
  })
  const pastedAccounts = createPastedAccounts({
    db: data.db,
    seal: data.seal,
    clock,
    newUuid: uuidv7,
    findOwner: (account) => findTokenOwner({ http, clock }, account),
    system: matrixConfigs.current,
    reload: () => reload(),
  })
  const cloudConfigs = createCloudConfigs({
    db: data.db,
    clock,
    settings,
    hosts: { graphUrl: config.graphUrl, mediaOrigins: [config.graphMediaUrl] },
    probe: (...asked) => probeCloud({ http, clock }, ...asked),
    reload: () => reload(),
    newToken: () => randomBytes(16).toString('hex'),
    findProvider: (name) => providers.find(name),
    inbox: () => inbox ?? fail(),
  })
  const matrix = roadKind({
    load: async () => one('matrix', await matrixConfigs.current()),
    build: (road: MatrixRoad) =>
      createMatrixProvider({ config: road, http, clock, log, renewAdmin: (dead) => matrixConfigs.renewAdmin(dead) }),
  })
  const cloud = roadKind({
    load: async () => one('cloud', await cloudConfigs.current()),
    build: (road: CloudRoad) => createCloudProvider({ config: road, http, clock, log }),
  })
  const pasted = roadKind({
    load: async () => (await pastedAccounts.roads()).map((road) => ({ name: road.name, config: road })),
    build: (road: PastedRoad) => createPastedProvider({ http, clock, log }, road),
  })
  const providers: ProviderRegistry = await createProviderRegistry({ kinds: [cloud, matrix, pasted], listener: data.listener, log })
  reload = providers.reload
  /** The inbox that stands on these roads. */
  const serve = (its: ReturnType<CloudConfigsDeps['inbox']>) => void (inbox = its)
  /** What an operator has laid out beforehand; it asks the homeserver to reach us, so we have to listen by now. */
  const setUp = (setup: FirstSetup) =>
    startFirstSetup(
      { settings, matrixConfigs, locks: data.locks, log, makeAdmin: (admin) => makeFirstAdmin({ http, clock }, admin) },
      setup,
    )
  return { settings, matrixConfigs, cloudConfigs, pastedAccounts, providers, serve, setUp }
}

function fail(): never {
  throw new Error('the inbox is not there yet')
}
