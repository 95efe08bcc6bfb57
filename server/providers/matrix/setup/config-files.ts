import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { parse } from 'yaml'
import type { Check } from '../../../../contract/settings.ts'
import { messageOf } from '../../../lib/errors.ts'
import { matrixDefaults } from '../config.ts'
import { valueAt, type Wanted, wantedOfBridge, wantedOfHomeserver } from './wanted.ts'

/** Where the config files of homeserver and bridge stand, for a server that may read them. */
export interface ConfigFiles {
  readonly homeserver: string | undefined
  readonly bridge: string | undefined
}

/** What can be seen in these files beside what was asked of the parts themselves, in whose place it stands where both tell of the same. */
export function withConfigFiles(asked: readonly Check[], { homeserver, bridge }: ConfigFiles): readonly Check[] {
  const seen = [
    ...(homeserver === undefined ? [] : checkHomeserverConfig(homeserver)),
    ...(bridge === undefined ? [] : checkBridgeConfig(bridge)),
  ]
  return [...asked.filter(({ id }) => !seen.some((check) => check.id === id)), ...seen]
}

/** The bridge's own config: what it does with messages, which none of its calls tells. */
export function checkBridgeConfig(file: string): readonly Check[] {
  const config = readYaml(file)
  if ('fault' in config) return [unreadable('bridge_config', 'bridge', config.fault)]
  return wantedOfBridge.map((one) => checkValue(one, config.value))
}

/** The homeserver's config and the registrations that it loads. */
export function checkHomeserverConfig(file: string, serverName?: string): readonly Check[] {
  const config = readYaml(file)
  if ('fault' in config) return [unreadable('homeserver_config', 'homeserver', config.fault)]
  const name = serverName ?? String(valueAt(config.value, 'server_name'))
  const listed = valueAt(config.value, 'app_service_config_files')
  const files = Array.isArray(listed) ? listed.map((one) => placeOf(String(one), dirname(file))) : []
  return [...wantedOfHomeserver.map((one) => checkValue(one, config.value)), ...checkRegistrations(files, name)]
}

/** A homeserver in a container calls the files beside its config by paths of its own. */
function placeOf(named: string, folder: string): string {
  const beside = join(folder, basename(named))
  if (!isAbsolute(named)) return join(folder, named)
  return !existsSync(named) && existsSync(beside) ? beside : named
}

function checkValue({ id, path, isRight, right, cost, fix }: Wanted, config: unknown): Check {
  const value = valueAt(config, path)
  if (isRight(value)) return { id, status: 'ok', detail: right }
  const found = value === undefined ? `${path} is not there.` : `${path} is ${JSON.stringify(value)}.`
  return { id, status: 'warning', detail: `${found} ${cost}`, fix }
}

type Read = { readonly value: unknown } | { readonly fault: string }

function readYaml(file: string): Read {
  try {
    return { value: parse(readFileSync(file, 'utf8')) as unknown }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

function unreadable(id: string, whose: string, fault: string): Check {
  const fix = 'Give the path of its config file, as a user who may read it.'
  return { id, status: 'error', detail: `The ${whose}’s config cannot be read: ${fault}`, fix }
}

/** Who must be covered by which registration, and what it is for (protocol/homeserver.md 3.1, protocol/bridge.md 3.1). */
const registered = [
  { id: 'registration_mistok', localpart: `${matrixDefaults.userPrefix}1`, of: 'Mistok', file: 'mistok.yaml of `mistok registration`' },
  { id: 'registration_bridge', localpart: `${matrixDefaults.ghostPrefix}lid-1`, of: 'the bridge', file: 'registration.yaml of the bridge' },
] as const

function checkRegistrations(files: readonly string[], serverName: string): readonly Check[] {
  const read = files.map((file) => ({ file, ...readYaml(file) }))
  const broken = read.flatMap((one) => ('fault' in one ? [unreadable('registrations', 'registration', `${one.file}: ${one.fault}`)] : []))
  const good = read.flatMap((one) => ('value' in one ? [{ file: one.file, value: one.value }] : []))
  return [...broken, ...registered.map((wanted) => checkRegistration(wanted, good, serverName))]
}

function checkRegistration(
  { id, localpart, of, file }: (typeof registered)[number],
  read: readonly { readonly file: string; readonly value: unknown }[],
  serverName: string,
): Check {
  const mxid = `@${localpart}:${serverName}`
  const one = read.find(({ value }) => exclusiveUsers(value).some((regex) => regex.test(mxid)))
  if (one === undefined) {
    const detail = `No registration that the homeserver loads covers ${mxid}: what belongs to ${of} never arrives.`
    return { id, status: 'error', detail, fix: `Add ${file} to app_service_config_files and restart the homeserver.` }
  }
  const isEphemeral = ['receive_ephemeral', 'de.sorunome.msc2409.push_ephemeral'].some((key) => field(one.value, key) === true)
  const faults = [
    ...(typeof field(one.value, 'url') === 'string' ? [] : ['its url is missing, so nothing is pushed']),
    ...(isEphemeral ? [] : ['receive_ephemeral is not true: typing and read marks do not arrive']),
    ...(field(one.value, 'rate_limited') === false ? [] : ['rate_limited is not false: much at once is refused']),
  ]
  if (faults.length === 0) return { id, status: 'ok', detail: `The homeserver loads the registration of ${of}.` }
  return {
    id,
    status: 'warning',
    detail: `${one.file}: ${faults.join('; ')}.`,
    fix: 'Write it anew, or set these three, and restart the homeserver.',
  }
}

function exclusiveUsers(registration: unknown): readonly RegExp[] {
  const users = valueAt(registration, 'namespaces.users')
  if (!Array.isArray(users)) return []
  return users.flatMap((user: unknown) => (field(user, 'exclusive') === true ? regexOf(field(user, 'regex')) : []))
}

function regexOf(text: unknown): readonly RegExp[] {
  try {
    return typeof text === 'string' ? [new RegExp(`^(?:${text})`)] : []
  } catch {
    return []
  }
}

/** A field whose name may hold dots. */
function field(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[name] : undefined
}
