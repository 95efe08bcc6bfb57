import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createMatrixConfigs } from '../server/inbox/settings/matrix-config.ts'
import { createSettings } from '../server/inbox/settings/settings.ts'
import { systemClock } from '../server/lib/clock.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { registrationsOf, registrationText, type Registration } from '../server/providers/matrix/setup/registration.ts'
import { openCommandData } from './join.ts'

/** Prints our registration and the one for double puppeting, each with where it goes. The tokens are made once and stay. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'server-name': { type: 'string' }, url: { type: 'string' }, demo: { type: 'boolean' } },
  })
  const { serverName, url, appservice, doublePuppet } = await ourRegistrations(args, {
    serverName: values['server-name'],
    url: values.url,
    command: 'registration',
  })
  process.stdout.write(
    [
      `# mistok.yaml: put it into app_service_config_files of the homeserver. It reaches Mistok at ${url}.`,
      registrationText(appservice),
      '# mistok-double-puppet.yaml: the same; and in the config of the bridge:',
      `#   double_puppet: {secrets: {"${serverName}": "as_token:${doublePuppet.as_token}"}}`,
      registrationText(doublePuppet),
    ].join('\n'),
  )
  return 0
}

/** What a homeserver is to know of this installation. `serverName` and `url` are what is configured, unless they are given. */
interface OurRegistrations {
  readonly serverName: string
  readonly url: string
  readonly appservice: Registration
  readonly doublePuppet: Registration
}

/** Both registrations of the data that a command works on; made once, then the same for ever. */
export async function ourRegistrations(
  args: readonly string[],
  given: { readonly serverName: string | undefined; readonly url: string | undefined; readonly command: string },
): Promise<OurRegistrations> {
  const { data, config } = await openCommandData(args)
  try {
    const settings = createSettings({ db: data.db, seal: data.seal, clock: systemClock })
    const known = await settings.find('matrix_system_config')
    const serverName = given.serverName ?? known?.value.road.serverName
    if (serverName === undefined)
      throw new ConfigError([`Say which homeserver: npm run mistok -- ${given.command} --server-name example.com`])
    const configs = createMatrixConfigs({
      withConfigFiles: (checks) => Promise.resolve(checks),
      settings,
      probe: () => Promise.reject(new Error('nothing is tried out here')),
      signInAgain: () => Promise.reject(new Error('nobody signs in here')),
      signOut: () => Promise.reject(new Error('nobody signs in here')),
      reload: () => Promise.resolve(),
      newToken: () => randomBytes(32).toString('hex'),
    })
    const url = given.url ?? config.publicUrl ?? `http://127.0.0.1:${config.port}`
    return { serverName, url, ...registrationsOf({ ...(await configs.ensureRegistration()), serverName, url }) }
  } finally {
    await data.close()
  }
}
