import { parseArgs } from 'node:util'
import { checkBridgeConfig, checkHomeserverConfig } from '../../server/providers/matrix/setup/config-files.ts'
import { ourRegistrations } from '../registration.ts'
import { type Wanted, wantedOfBridge, wantedOfHomeserver } from '../../server/providers/matrix/setup/wanted.ts'
import { registrationText } from '../../server/providers/matrix/setup/registration.ts'
import type { Check } from '../../contract/settings.ts'

export const attachUsage = `npm run mistok -- stack attach --server-name example.com [--url <Mistok as the homeserver reaches it>]
    [--homeserver-config /etc/matrix-synapse/homeserver.yaml] [--bridge-config /…/config.yaml]
  For a Synapse and a bridge that stand already: says which lines to add, where and why, and looks at those that it is shown.`

/** Prints what has to be added to a homeserver and a bridge, without what is right in the files that it is shown. Changes nothing. */
export async function attach(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const options = { 'server-name': text, url: text, 'homeserver-config': text, 'bridge-config': text, demo: { type: 'boolean' } } as const
  const { values } = parseArgs({ args: [...args], options })
  const given = { serverName: values['server-name'], url: values.url, command: 'stack attach' }
  const { serverName, url, appservice, doublePuppet } = await ourRegistrations(args, given)
  const homeserver = values['homeserver-config']
  const bridge = values['bridge-config']
  const ofHomeserver = homeserver === undefined ? undefined : checkHomeserverConfig(homeserver, serverName)
  const ofBridge = bridge === undefined ? undefined : checkBridgeConfig(bridge)
  const webhook = `${url}/api/v1/integrations/matrix/webhook`
  process.stdout.write(
    [
      ...section(`1. Two new files beside ${homeserver ?? 'homeserver.yaml'}`, [
        `mistok.yaml: by it the homeserver tells Mistok of every message, at ${url}.\n\n${indented(registrationText(appservice))}`,
        `mistok-double-puppet.yaml: by it the bridge writes in the name of our people.\n\n${indented(registrationText(doublePuppet))}`,
      ]),
      ...section(`2. In ${homeserver ?? 'homeserver.yaml'}`, [
        ...(isOk(ofHomeserver, 'registration_mistok')
          ? []
          : [
              'The homeserver loads the two files.\n\n  app_service_config_files:   # beside what is there\n    - mistok.yaml\n    - mistok-double-puppet.yaml\n',
            ]),
        ...advice(wantedOfHomeserver, ofHomeserver),
      ]),
      ...section(`3. In ${bridge ?? "the bridge's config.yaml"}`, [
        `The bridge reports to Mistok instead of being asked.\n\n  homeserver:\n    status_endpoint: ${webhook}\n    message_send_checkpoint_endpoint: ${webhook}\n`,
        ...advice(wantedOfBridge, ofBridge).map((one) =>
          one.replace('<server name>', serverName).replace('<as_token of mistok-double-puppet.yaml>', doublePuppet.as_token),
        ),
        `Our people may link phones.\n\n  bridge:\n    permissions:\n      "${serverName}": user\n`,
      ]),
      'Restart both. Then put the homeserver and the bridge into the settings of Mistok, and see:',
      `  npm run mistok -- doctor${homeserver === undefined ? '' : ` --homeserver-config ${homeserver}`}${bridge === undefined ? '' : ` --bridge-config ${bridge}`}`,
      '',
      ...(ofHomeserver === undefined && ofBridge === undefined ? [] : [found([...(ofHomeserver ?? []), ...(ofBridge ?? [])])]),
    ].join('\n'),
  )
  return 0
}

function section(title: string, parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [] : [title, '', ...parts]
}

/** What is right in a file that was shown needs no word. */
function advice(wanted: readonly Wanted[], checks: readonly Check[] | undefined): readonly string[] {
  return wanted.filter(({ id }) => !isOk(checks, id)).map(({ cost, lines }) => `Otherwise: ${cost}\n\n${indented(lines)}`)
}

function isOk(checks: readonly Check[] | undefined, id: string): boolean {
  return checks?.some((check) => check.id === id && check.status === 'ok') ?? false
}

function found(checks: readonly Check[]): string {
  const wrong = checks.filter(({ status }) => status === 'error' || status === 'warning')
  return wrong.length === 0
    ? 'The files that were shown are in order.\n'
    : `In the files that were shown, ${wrong.length} of ${checks.length} are to be changed.\n`
}

function indented(text: string): string {
  return `${text.trimEnd().replaceAll(/^/gm, '  ')}\n`
}
