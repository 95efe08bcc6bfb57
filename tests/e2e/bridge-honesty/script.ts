import { plain, type Transcript } from '../honesty/transcript.ts'
import { at, listAt, path, stringAt, type Answer } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import type { BridgeWorld } from './world.ts'

export const ours = '+380671112233'
export const olena = '+380501112233'
export const petro = '+380631112233'

/** What a section works with; `note` and `answer` write down what is compared. */
export interface Script extends BridgeWorld {
  note(step: string, value: unknown): void
  /** Writes down status and body. */
  answer(step: string, answer: Promise<Answer>): Promise<Answer>
  /** Links a phone by QR and waits until the bridge says that it is connected. */
  link(phone: string): Promise<void>
  /** Somebody writes; gives where the bridge has brought it. */
  brings(from: string, body: object): Promise<{ readonly room_id: string; readonly event_id: string }>
  /** The same; gives the room and the event as our user sees it. */
  writes(from: string, body: object): Promise<{ readonly room: string; readonly event: Record<string, unknown> }>
  /** The room's state as our user sees it, by type. */
  state(room: string): Promise<readonly unknown[]>
  /** The newest events of a room, oldest first. */
  timeline(room: string): Promise<readonly unknown[]>
}

/** Keys whose values nobody may rely on, or that differ from run to run. */
const LOOSE = new Set([
  'instructions',
  'message',
  'data',
  'login_id',
  'txn_id',
  'internal_error',
  'fi.mau.internal_error',
  'timestamp',
  'state_ts',
  'version',
  'challenge',
])

function loose(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loose)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, LOOSE.has(key) && inner !== '' ? `<${key}>` : loose(inner)]))
}

/** Runs a section; what it saw is in words that do not change from run to run. */
export async function runScript(world: BridgeWorld, run: (script: Script) => Promise<void>): Promise<Transcript> {
  const seen: [string, unknown][] = []
  const eventOf = async (id: string, phone: string) => {
    const entry = (await world.phones.ledger()).find((message) => message.id === id)
    return entry?.bridged?.find(({ login }) => login === phone)
  }
  const script: Script = {
    ...world,
    note: (step, value) => void seen.push([step, loose(value)]),
    answer: async (step, answer) => {
      const given = await answer
      seen.push([step, { status: given.status, body: loose(given.body) }])
      return given
    },
    async link(phone) {
      const started = await world.provisioning.post('/_matrix/provision/v3/login/start/qr')
      await world.phones.act(phone, 'scan', { data: stringAt(started.body, 'display_and_wait', 'data') })
      const step = path`/_matrix/provision/v3/login/step/${stringAt(started.body, 'login_id')}/${stringAt(started.body, 'step_id')}/display_and_wait`
      const done = await world.provisioning.post(step)
      stringAt(done.body, 'complete', 'user_login_id')
      await waitFor(
        async () =>
          listAt((await world.provisioning.get('/_matrix/provision/v3/whoami')).body, 'logins').some(
            (login) => at(login, 'id') === phone.slice(1) && at(login, 'state', 'state_event') === 'CONNECTED',
          ),
        { what: 'the login to be connected' },
      )
    },
    async brings(from, body) {
      const sent = await world.phones.write(from, body)
      return waitFor(() => eventOf(sent.id, ours), { what: `the bridge to bring ${JSON.stringify(body)}` })
    },
    async writes(from, body) {
      const found = await script.brings(from, body)
      const event = await world.user.get(path`/_matrix/client/v3/rooms/${found.room_id}/event/${found.event_id}`)
      const { type, sender, content, event_id } = event.body as Record<string, unknown>
      return { room: found.room_id, event: { event_id, type, sender, content } }
    },
    state: async (room) => listAt((await world.user.get(path`/_matrix/client/v3/rooms/${room}/state`)).body),
    timeline: async (room) =>
      listAt((await world.user.get(path`/_matrix/client/v3/rooms/${room}/messages`, { dir: 'b', limit: 100 })).body, 'chunk').toReversed(),
  }
  try {
    await run(script)
    return plain(seen)
  } catch (error) {
    return { ...plain(seen), 'broke off': error instanceof Error ? error.message : String(error) }
  }
}
