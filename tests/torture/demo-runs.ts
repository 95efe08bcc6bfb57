import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitFor } from '../e2e/wait.ts'
import type { Comparison } from './compare.ts'
import { command, openShelter, serverProcess } from './processes.ts'
import { findPorts } from '../support/ports.ts'
import { admin, type Calm, type Load, prepare, torture } from './stage.ts'

/** Who is killed. */
export type Victim = 'server' | 'postgres' | 'both'

/** What a run came to. Times are in milliseconds. */
export interface Outcome {
  readonly comparison: Comparison
  /** Sends that had to be repeated with the same key. */
  readonly repeats: number
  /** From each kill until the server took work again. */
  readonly recoveries: readonly number[]
}

/** Kills one after the other, at random moments under traffic, on the demo's server and its sandbox. */
export async function killUnderTraffic(options: { victims: readonly Victim[]; load: Load; everyMs: number; calm: Calm }): Promise<Outcome> {
  await using shelter = openShelter()
  const port = await findPorts(6)
  const env = {
    PATH: process.env['PATH'],
    MISTOK_DATA_DIR: join(shelter.folder, 'data'),
    MISTOK_PORT: String(port),
    MISTOK_SANDBOX_PORT: String(port + 1),
    MISTOK_ADMIN_EMAIL: admin.email,
    MISTOK_ADMIN_PASSWORD: admin.password,
    MISTOK_LOG_LEVEL: 'warn',
  }
  const sandboxUrl = `http://127.0.0.1:${port + 1}`
  const sandbox = command({ name: 'sandbox', args: ['sandbox'], env, folder: shelter.folder })
  const server = serverProcess({
    args: ['demo', '--server-only'],
    env,
    folder: shelter.folder,
    data: env.MISTOK_DATA_DIR,
    onPids: (pids) => shelter.watch('server', pids),
  })
  sandbox.start()
  shelter.watch('sandbox', [sandbox.pid])
  const recoveries: number[] = []
  try {
    await waitFor(() => isUp(`${sandboxUrl}/sandbox/v1/state`), { what: 'the sandbox', timeout: 30_000 })
    await server.start()
    const { load, everyMs, calm } = options
    const stage = await prepare({ url: server.state.url, sandboxUrl, load })
    const trouble = async () => {
      for (const victim of options.victims) {
        await sleep(everyMs * (0.2 + Math.random()))
        server.check()
        sandbox.check()
        if (victim === 'postgres') recoveries.push(await server.killPostgres())
        else {
          if (victim === 'both') process.kill(server.state.postgres_pid, 'SIGKILL')
          await server.kill()
          recoveries.push(await server.start())
        }
      }
      await sleep(everyMs)
    }
    const { comparison, repeats } = await torture(stage, load, trouble, calm)
    await server.stop()
    await sandbox.stop()
    return { comparison, repeats, recoveries }
  } finally {
    await server.end()
    await sandbox.end()
  }
}

async function isUp(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}
