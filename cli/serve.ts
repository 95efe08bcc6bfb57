import { parseArgs } from 'node:util'
import { createApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { closeWithin, untilAskedToStop } from './signals.ts'
import { webRoot } from './web-root.ts'

/** The server by itself, for production: nothing is imitated. */
export async function run(args: readonly string[]): Promise<number> {
  // It has none: one of the demo's must not be taken for granted here.
  parseArgs({ args: [...args], options: {} })
  const { config, secrets } = readConfig(process.env)
  const app = await createApp({ config, secrets, directory: config.dataDir, webRoot })
  await greet(app)
  app.announce()
  await untilAskedToStop()
  await closeWithin(10_000, app.close)
  return 0
}

async function greet(app: Awaited<ReturnType<typeof createApp>>): Promise<void> {
  const token = await app.signIn.issueSetupToken()
  process.stdout.write(`Mistok runs at ${app.url}\n`)
  if (app.firstAdmin?.signsIn === false)
    process.stdout.write(
      'MISTOK_ADMIN_PASSWORD does not sign this admin in: the account was there already and was left as it is (npm run mistok -- user).\n',
    )
  if (token === null) return
  process.stdout.write(`Nobody can sign in yet. Open ${app.url}/setup and make the first admin with this code:\n\n  ${token}\n\n`)
}
