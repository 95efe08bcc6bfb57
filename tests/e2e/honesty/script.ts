import type { Registration } from '../../../sandbox/homeserver/index.ts'
import type { Appservice } from '../appservice.ts'
import { matrixHttp, path, stringAt, type Answer, type MatrixHttp } from '../matrix-http.ts'
import { BROKE_OFF, plain, type Transcript } from './transcript.ts'

/** The homeserver under examination, real or imitated, with the two application services that stand beside it. */
export interface World {
  url: string
  serverName: string
  adminLogin: string
  adminPassword: string
  inbox: Appservice
  bridge: Appservice
}

/** One topic of what Mistok relies on. Names of users and rooms must be the section's own: all sections share one homeserver. */
export interface Section {
  name: string
  run(script: Script): Promise<void>
}

/** A client that acts as one user. */
export type User = MatrixHttp & { userId: string }

/** What a section works with. `note` and `answer` write into the transcript; the rest only helps. */
export interface Script {
  readonly world: World
  /** Nobody, the admin, and the three registrations' tokens. */
  readonly nobody: MatrixHttp
  readonly admin: MatrixHttp
  readonly inbox: MatrixHttp
  readonly bridge: MatrixHttp
  readonly puppet: MatrixHttp
  userId(localpart: string): string
  note(step: string, value: unknown): void
  /** Writes down status and body. */
  answer(step: string, answer: Promise<Answer>): Promise<Answer>
  /** Registers a user of the inbox (`crm_…`) or the bridge (`whatsapp_…`) and gives a client that acts as it. */
  user(service: 'inbox' | 'bridge', localpart: string): Promise<User>
  /** A private room made by `creator` with `others` joined; gives its id. */
  room(creator: MatrixHttp, others?: readonly User[], extra?: object): Promise<string>
}

/** The registrations that every world is started with (protocol/homeserver.md 3.1, 3.5); the urls are the listeners'. */
export function registrations(serverName: string, urls: { inbox: string; bridge: string }): Registration[] {
  const server = serverName.replaceAll('.', '\\.')
  const users = (name: string, exclusive: boolean) => ({ users: [{ exclusive, regex: `@${name}_.*:${server}` }], aliases: [], rooms: [] })
  const common = { rate_limited: false, receive_ephemeral: true, 'de.sorunome.msc2409.push_ephemeral': true }
  return [
    {
      id: 'inbox',
      url: urls.inbox,
      as_token: 'as-inbox',
      hs_token: 'hs-inbox',
      sender_localpart: 'crm_bot',
      namespaces: users('crm', true),
      ...common,
    },
    {
      id: 'bridge',
      url: urls.bridge,
      as_token: 'as-bridge',
      hs_token: 'hs-bridge',
      sender_localpart: 'whatsappbot',
      namespaces: users('whatsapp', true),
      ...common,
    },
    {
      id: 'puppet',
      url: null,
      as_token: 'as-puppet',
      hs_token: 'hs-puppet',
      sender_localpart: 'crm_puppet',
      namespaces: users('crm', false),
      rate_limited: false,
    },
  ]
}

async function adminClient(world: World): Promise<MatrixHttp> {
  const identifier = { type: 'm.id.user', user: world.adminLogin }
  const body = { type: 'm.login.password', identifier, password: world.adminPassword, device_id: 'HONESTY' }
  const login = await matrixHttp(world.url).post('/_matrix/client/v3/login', body)
  return matrixHttp(world.url, { token: stringAt(login.body, 'access_token') })
}

async function succeed(what: string, answer: Promise<Answer>): Promise<Answer> {
  const given = await answer
  if (given.status >= 300) throw new Error(`${what}: ${given.status} ${JSON.stringify(given.body)}`)
  return given
}

/** Runs one section against one world. A section that breaks off leaves what it saw and the reason. */
export async function runSection(section: Section, world: World): Promise<Transcript> {
  const seen: [string, unknown][] = []
  const nobody = matrixHttp(world.url)
  const userId = (localpart: string): string => `@${localpart}:${world.serverName}`
  const services = { inbox: nobody.as({ token: 'as-inbox' }), bridge: nobody.as({ token: 'as-bridge' }) }
  const script: Script = {
    world,
    nobody,
    admin: await adminClient(world),
    ...services,
    puppet: nobody.as({ token: 'as-puppet' }),
    userId,
    note: (step, value) => void seen.push([step, value]),
    answer: async (step, answer) => {
      const given = await answer
      seen.push([step, { status: given.status, body: given.body }])
      return given
    },
    user: async (service, localpart) => {
      const body = { type: 'm.login.application_service', username: localpart, inhibit_login: true }
      await succeed(`register ${localpart}`, services[service].post('/_matrix/client/v3/register', body))
      return { ...services[service].as({ userId: userId(localpart) }), userId: userId(localpart) }
    },
    room: async (creator, others = [], extra = {}) => {
      const body = { preset: 'private_chat', invite: others.map((other) => other.userId), ...extra }
      const room = stringAt((await succeed('createRoom', creator.post('/_matrix/client/v3/createRoom', body))).body, 'room_id')
      for (const other of others) await succeed('join', other.post(path`/_matrix/client/v3/join/${room}`))
      return room
    },
  }
  try {
    await section.run(script)
    return plain(seen)
  } catch (error) {
    return { ...plain(seen), [BROKE_OFF]: error instanceof Error ? error.message : String(error) }
  }
}
