import { setTimeout as sleep } from 'node:timers/promises'
import { at, path, stringAt } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import { ours, type Script } from './script.ts'

const bot = '@whatsappbot:honest.test'
const STATUS = 'com.beeper.message_send_status'

/** The bot's chat, by which phones are linked where the provisioning API is out of reach (protocol/bridge.md 2). */
export async function botChat(script: Script): Promise<void> {
  const { user, note, phones } = script
  const body = { preset: 'trusted_private_chat', is_direct: true, invite: [bot] }
  const room = stringAt((await user.post('/_matrix/client/v3/createRoom', body)).body, 'room_id')
  const greeted = async () => (await script.timeline(room)).some((event) => isSaid(event))
  await waitFor(greeted, { what: 'the bot to greet' })
  note('greeting', (await script.timeline(room)).filter(isSaid).map(view))

  let count = 0
  /** Says something and gives what the bot does then: at least so many things, and what follows within a moment. */
  async function says(text: string, atLeast: number, meanwhile?: (said: readonly unknown[]) => Promise<boolean>): Promise<void> {
    const sent = await user.put(path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${`say-${(count += 1)}`}`, {
      msgtype: 'm.text',
      body: text,
    })
    const id = stringAt(sent.body, 'event_id')
    const since = async () => {
      const events = await script.timeline(room)
      return events.slice(events.findIndex((event) => at(event, 'event_id') === id) + 1).filter((event) => at(event, 'sender') === bot)
    }
    let done = meanwhile === undefined
    const enough = async () => {
      const said = (await since()).filter((event) => at(event, 'type') !== STATUS)
      if (!done) done = (await meanwhile?.(said)) ?? true
      return done && said.length >= atLeast
    }
    await waitFor(enough, { what: `the bot to answer "${text}"` })
    await sleep(400)
    const all = await since()
    const views = all.filter((event) => at(event, 'type') !== STATUS).map(view)
    // What was cancelled and the cancelling speak at the same time.
    note(text, text === 'cancel' ? views.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : views)
    note(
      `${text}: status`,
      all.filter((event) => at(event, 'type') === STATUS).map((event) => at(event, 'content')),
    )
  }

  await says('version', 1)
  await says('list-logins', 1)
  await says('what?', 1)
  await says('logout 380000000001', 1)
  await says('cancel', 1)
  await says('login', 1)
  await says('login phone', 1)
  await says('0501112233', 1)
  await says('+38050', 1)
  await says(`login phone ${ours}`, 2)
  await says('login qr', 1)
  await says('cancel', 2)
  await says('login qr', 4, async (said) => {
    const data = said.map((event) => at(event, 'content', 'body')).findLast((text) => String(text).includes('2@'))
    if (data === undefined) return false
    return phones.act(ours, 'scan', { data }).then(
      () => true,
      () => false,
    )
  })
  await says('list-logins', 1)
}

function isSaid(event: unknown): boolean {
  return at(event, 'sender') === bot && at(event, 'type') === 'm.room.message'
}

/** An event as we read it: codes differ from run to run. */
function view(event: unknown): object {
  const text = JSON.stringify(at(event, 'content') ?? {})
    .replaceAll(/(?:https:[^"]*#)?2@[^"<]*/g, '<qr>')
    .replaceAll(/[1-9A-Z]{4}-[1-9A-Z]{4}/g, '<code>')
    .replaceAll(/"size":\d+/g, '"size":1')
    .replaceAll(/v(?:0\.)?26\d*\.\d+(?:\.0)?/g, '<version>')
    .replaceAll(/\((?:built with|imitated)[^)]*\)/g, '(<built>)')
  return { type: at(event, 'type'), content: JSON.parse(text) as unknown, redacts: at(event, 'redacts') }
}
