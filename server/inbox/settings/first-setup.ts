import type { Check } from '../../../contract/settings.ts'
import { type Log } from '../../lib/log.ts'
import { messageOf } from '../../lib/errors.ts'
import { startWorker, type Worker } from '../../lib/worker.ts'
import type { Locks } from '../../db/locks.ts'
import type { FirstSetup } from '../../lib/setup-file.ts'
import type { MatrixConfigs } from './matrix-config.ts'
import type { Settings } from './settings.ts'

interface FirstSetupDeps {
  readonly settings: Pick<Settings, 'find' | 'putOnce'>
  readonly matrixConfigs: Pick<MatrixConfigs, 'save'>
  readonly locks: Pick<Locks, 'tryHold'>
  /** Makes the homeserver's admin where it is not there yet. Throws where the homeserver does not answer or refuses. */
  readonly makeAdmin: (admin: { homeserverUrl: string; login: string; password: string; sharedSecret: string }) => Promise<void>
  readonly log: Log
}

const retryMs = 3_000
/** So long, in tries, the parts may take until nothing at all is amiss; then it is an admin's to say what is right. */
const patience = 40

/**
 * Sets the Matrix road up as the file says, as soon as homeserver and bridge are there, once: what an admin has saved stands, and the
 * file is of no use any more as soon as everything has been seen to work.
 */
export async function startFirstSetup(deps: FirstSetupDeps, setup: FirstSetup): Promise<Worker> {
  const { settings, log } = deps
  const { id, user_prefix, ...secrets } = setup.registration
  await settings.putOnce('matrix_registration', { id, user_prefix }, secrets)
  let tries = 0
  let waitsFor: string | undefined
  return startWorker({
    name: 'first setup',
    idleMs: retryMs,
    log,
    round: async () => {
      if (await isSettled(settings, setup, tries)) return false
      await using hold = await deps.locks.tryHold('first setup')
      if (hold === undefined) return false
      tries += 1
      const missing = await setUp(deps, setup)
      if (missing === undefined) log.info({}, 'homeserver and bridge are set up')
      else if (missing !== waitsFor) log.info({ missing }, 'homeserver and bridge are not ready yet; trying again')
      waitsFor = missing
      return false
    },
  })
}

const isAmiss = ({ status }: Check) => status === 'error' || status === 'warning'

/** Whether nothing is left to be done: all works, or an admin has put in something else. */
async function isSettled(settings: FirstSetupDeps['settings'], { matrix }: FirstSetup, tries: number): Promise<boolean> {
  const known = await settings.find('matrix_system_config')
  if (known === undefined) return false
  const { road, checks } = known.value
  const isOurs = road.homeserverUrl === matrix.homeserver_url && road.bridgeUrl === matrix.bridge_url
  return !isOurs || !checks.some(isAmiss) || tries >= patience
}

/** Tries once; answers what is missing still. */
async function setUp({ settings, makeAdmin, matrixConfigs }: FirstSetupDeps, setup: FirstSetup): Promise<string | undefined> {
  const { admin_password: password = '', ...rest } = setup.matrix
  const { homeserver_url: homeserverUrl, admin_login: login } = rest
  try {
    await makeAdmin({ homeserverUrl, login, password, sharedSecret: setup.registration_shared_secret })
    // A homeserver suffers few sign-ins; later the session that is kept will do.
    const isFirst = (await settings.find('matrix_system_config')) === undefined
    const { checks } = await matrixConfigs.save(isFirst ? setup.matrix : rest)
    return checks.find(isAmiss)?.detail
  } catch (error) {
    return messageOf(error)
  }
}
