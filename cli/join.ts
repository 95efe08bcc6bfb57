import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../server/config.ts'
import { systemClock } from '../server/lib/clock.ts'
import { takeDataLock } from '../server/lib/data-lock.ts'
import { createLog } from '../server/lib/log.ts'
import { type Data, openData } from '../server/open-data.ts'
import { demoDirectory } from './demo-files.ts'

/** What a running server tells of itself in `<data>/mistok.json`. */
export interface Running {
  readonly url: string
  readonly pid: number
  readonly directory: string
  readonly database: Parameters<typeof openData>[0]['running']
}

/**
 * Opens the data that a command works on: that of the server which runs on this data directory, whose PostgreSQL is joined, else
 * its own. `--demo` means the demo's when nothing runs. Throws DataLockedError while a server only just starts or stops.
 */
export async function openCommandData(
  args: readonly string[],
): Promise<{ readonly data: Data; readonly config: ReturnType<typeof readConfig>['config'] }> {
  const { config, secrets } = readConfig(process.env)
  const running = findRunning(config.dataDir)
  const directory = running?.directory ?? (args.includes('--demo') ? demoDirectory(config) : config.dataDir)
  const joins = running?.database !== undefined || secrets.databaseUrl !== undefined
  // Else a server that starts beside us would find the database half made, and lose it when we end.
  const lock = joins ? undefined : takeDataLock({ dataDir: config.dataDir, now: new Date() })
  try {
    const data = await openData({
      directory,
      databaseUrl: secrets.databaseUrl,
      sealingKeys: secrets.sealingKeys,
      clock: systemClock,
      log: createLog('warn'),
      ...(running?.database === undefined ? {} : { running: running.database }),
    })
    const close = () => data.close().finally(() => lock?.release())
    return { data: { ...data, close }, config }
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** The server that runs on this data directory. */
export function findRunning(dataDir: string): Running | undefined {
  const file = join(dataDir, 'mistok.json')
  if (!existsSync(file)) return undefined
  const running = JSON.parse(readFileSync(file, 'utf8')) as Running
  try {
    process.kill(running.pid, 0)
    return running
  } catch {
    return undefined
  }
}
