import { readConfig } from '../server/config.ts'
import { systemClock } from '../server/lib/clock.ts'
import { createLog } from '../server/lib/log.ts'
import { openData } from '../server/open-data.ts'

/** Brings the database up to date and ends. A server does the same when it starts. */
export async function run(): Promise<number> {
  const { config, secrets } = readConfig(process.env)
  const log = createLog(config.logLevel)
  const data = await openData({
    directory: config.dataDir,
    databaseUrl: secrets.databaseUrl,
    sealingKeys: secrets.sealingKeys,
    clock: systemClock,
    log,
  })
  await data.close()
  process.stdout.write('The database is up to date.\n')
  return 0
}
