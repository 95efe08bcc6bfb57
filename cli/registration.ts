import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createMatrixConfigs } from '../server/inbox/settings/matrix-config.ts'
import { createSettings } from '../server/inbox/settings/settings.ts'
import { systemClock } from '../server/lib/clock.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { registrationsOf, registrationText } from '../server/providers/matrix/registration.ts'
import { openCommandData } from './join.ts'

/** Prints our registration and the one for double puppeting, each with where it goes. The tokens are made once and stay. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'server-name': { type: 'string' }, url: { type: 'string' }, demo: { type: 'boolean' } },
  })
  const { data, config } = await openCommandData(args)
  try {
    const settings = createSettings({ db: data.db, seal: data.seal, clock: systemClock })
    const known = await settings.find('matrix_system_config')
    const serverName = values['server-name'] ?? known?.value.road.serverName
    if (serverName === undefined) throw new ConfigError(['Say which homeserver: npm run mistok -- registration --server-name example.com'])
    const configs = createMatrixConfigs({
      settings,
      probe: () => Promise.reject(new Error('nothing is tried out here')),
      signInAgain: () => Promise.reject(new Error('nobody signs in here')),
      reload: () => Promise.resolve(),
      newToken: () => randomBytes(32).toString('hex'),
    })
    const url = values.url ?? config.publicUrl ?? `http://127.0.0.1:${config.port}`
    const { appservice, doublePuppet } = registrationsOf({ ...(await configs.ensureRegistration()), serverName, url })
    process.stdout.write(
      [
        `# mistok.yaml: put it into app_service_config_files of the homeserver. It reaches Mistok at ${url}.`,
        registrationText(appservice),
        '# mistok-double-puppet.yaml: the same; and in the config of the bridge:',
        `#   double_puppet: {secrets: {"${serverName}": "as_token:${doublePuppet.as_token}"}}`,
        registrationText(doublePuppet),
      ].join('\n'),
    )
  } finally {
    await data.close()
  }
  return 0
}
