import type { Clock } from '../../lib/clock.ts'
import type { HttpClient } from '../../lib/http-client.ts'
import type { Log } from '../../lib/log.ts'
import type { Provider } from '../provider.ts'
import { createAccounts, createSessions } from './linking/accounts.ts'
import { createBridge } from './client/bridge.ts'
import type { MatrixConfig } from './config.ts'
import { createConnection } from './sending/connection.ts'
import { ghostKey } from './reading/facts.ts'
import { createHomeserver } from './client/homeserver.ts'
import { present } from '../../lib/fields.ts'
import { createLinking } from './linking/login.ts'
import { factKeys, parse } from './reading/parse.ts'
import { createPull } from './listening/pull.ts'
import { createPush } from './listening/push.ts'
import { createSigns } from './listening/signs.ts'
import { runTask } from './listening/tasks.ts'
import { createWatch } from './listening/watch.ts'

interface Deps {
  readonly config: MatrixConfig
  /** Allowed to reach private addresses: homeserver and bridge often stand beside us. */
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Log
  /** Signs the admin in again whose token has died, and gives the new one. Throws AppError where it cannot. */
  readonly renewAdmin: (dead: string) => Promise<string>
}

/** The road through a Matrix homeserver and a mautrix-whatsapp bridge. Another config is another provider. */
export function createMatrixProvider(deps: Deps): Provider {
  const { config } = deps
  const signs = createSigns()
  const homeserver = createHomeserver({ ...deps, onTrouble: signs.raise })
  const bridge = createBridge(deps)
  return {
    name: 'matrix',
    intake: {
      push: createPush(config, () => signs.raise('The homeserver has been restarted')),
      pull: createPull({ config, homeserver }),
      ...present({ watch: createWatch({ ...deps, homeserver, signs }) }),
      factKeys: (batch, known) => factKeys(config, batch, known),
      personKeys: (person) => [ghostKey(person)],
      parse: (batch, facts) => parse(config, batch, facts),
    },
    connect: (channel) => createConnection({ config, homeserver, bridge }, channel),
    run: (task, account, signal) => runTask({ config, homeserver }, task, account, signal),
    accounts: createAccounts({ config, homeserver, renewAdmin: deps.renewAdmin }),
    sessions: createSessions({ config, homeserver }),
    ...createLinking({ config, bridge, homeserver, clock: deps.clock, log: deps.log }),
  }
}
