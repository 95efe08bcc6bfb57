import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { createMatrixConfigs } from './inbox/settings/matrix-config.ts'
import { createPastedAccounts } from './inbox/linking/pasted-accounts.ts'
import { createProviderRegistry } from './inbox/settings/providers.ts'
import { createSettings } from './inbox/settings/settings.ts'
import type { Clock } from './lib/clock.ts'
import type { HttpClient } from './lib/http-client.ts'
import type { Log } from './lib/log.ts'
import type { Data } from './open-data.ts'
import { createHomeserver } from './providers/matrix/client/homeserver.ts'
import { createMatrixProvider } from './providers/matrix/index.ts'
import { signInAgain } from './providers/matrix/setup/homeserver.ts'
import { createPastedProvider, findTokenOwner } from './providers/matrix/setup/pasted.ts'
import { probeMatrix } from './providers/matrix/setup/probe.ts'

/** The settings, and the roads to WhatsApp as they are set up at any moment. */
export type Roads = Awaited<ReturnType<typeof createRoads>>

/** `http` is for homeserver and bridge, which may stand on private addresses. */
export async function createRoads({ data, http, clock, log }: { data: Data; http: HttpClient; clock: Clock; log: Log }) {
  const settings = createSettings({ db: data.db, seal: data.seal, clock })
  let reload: () => Promise<void> = () => Promise.resolve()
  const matrixConfigs = createMatrixConfigs({
    settings,
    probe: (...asked) => probeMatrix({ http, clock }, ...asked),
    signInAgain: ({ homeserverUrl, ...admin }) =>
      signInAgain(createHomeserver({ config: { homeserverUrl }, http, clock }), admin, AbortSignal.timeout(30_000)),
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
  const providers = await createProviderRegistry({
    load: () => matrixConfigs.current(),
    build: (config) => createMatrixProvider({ config, http, clock, log, renewAdmin: (dead) => matrixConfigs.renewAdmin(dead) }),
    loadOwn: pastedAccounts.roads,
    buildOwn: (road) => createPastedProvider({ http, clock, log }, road),
    listener: data.listener,
    log,
  })
  reload = providers.reload
  return { settings, matrixConfigs, pastedAccounts, providers }
}
