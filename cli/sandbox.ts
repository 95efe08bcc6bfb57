import { startSandbox } from '../sandbox/index.ts'
import { type Config, readConfig } from '../server/config.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { makeDataDirectory } from '../server/lib/data-lock.ts'
import { registrationsOf } from '../server/providers/matrix/setup/registration.ts'
import { demoAddresses, demoDirectory, demoServerName, readDemoTokens } from './demo-files.ts'
import { untilAskedToStop } from './signals.ts'

/** The sandbox of the demo alone, on the ports that the demo's server expects. Ends with the process that started it, if any. */
export async function run(): Promise<number> {
  const { config } = readConfig(process.env)
  const sandbox = await open(config).catch((error: unknown) => {
    throw takenPort(error) ?? error
  })
  if (process.send === undefined) process.stdout.write(`The sandbox runs. Phones: ${sandbox.controlUrl}\n`)
  process.send?.('ready')
  await untilAskedToStop()
  await sandbox.close()
  // The line to whoever started us would keep the process alive.
  if (process.connected) process.disconnect?.()
  return 0
}

function takenPort(error: unknown): ConfigError | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error)) return undefined
  const words = `Port ${String(error.port)} is taken. Stop what listens there, or set MISTOK_SANDBOX_PORT to another one: the sandbox takes it and the four after it.`
  return new ConfigError([words])
}

function open(config: Config) {
  const directory = demoDirectory(config)
  makeDataDirectory(directory)
  const tokens = readDemoTokens(directory)
  const { server, ports } = demoAddresses(config)
  const { appservice, doublePuppet } = registrationsOf({
    id: 'mistok',
    userPrefix: tokens.user_prefix,
    serverName: demoServerName,
    url: server,
    asToken: tokens.as_token,
    hsToken: tokens.hs_token,
    doublePuppetToken: tokens.double_puppet_token,
    doublePuppetHsToken: tokens.double_puppet_hs_token,
  })
  return startSandbox({
    dataDir: directory,
    ports,
    serverName: demoServerName,
    appservices: [appservice, doublePuppet],
    doublePuppetToken: doublePuppet.as_token,
    statusEndpoint: `${server}/api/v1/integrations/matrix/webhook`,
    seed: true,
    log: (text) => {
      if (config.logLevel === 'debug') process.stderr.write(`sandbox: ${text}\n`)
    },
  })
}
