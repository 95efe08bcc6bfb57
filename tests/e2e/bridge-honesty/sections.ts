import { at, path, stringAt } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import { olena, ours, petro, type Script } from './script.ts'

const api = '/_matrix/provision/v3'

/** The provisioning API, from nothing to a linked phone and its contacts (protocol/bridge.md 1). */
export async function provisioning(script: Script): Promise<void> {
  const { answer, provisioning: bridge, nobody, userId, phones } = script
  const user_id = userId
  await answer('no token', nobody.get(`${api}/whoami`, { user_id }))
  await answer('a wrong token', nobody.as({ token: 'wrong' }).get(`${api}/whoami`, { user_id }))
  await answer('an unknown path', bridge.get(`${api}/nothing`))
  await answer('a wrong method', bridge.delete(`${api}/whoami`))
  await answer('somebody who may not log in', bridge.as({ userId: '@someone:elsewhere.test' }).get(`${api}/whoami`))
  await answer('no user', bridge.as({ userId: '' }).get(`${api}/whoami`))
  await answer('whoami before', bridge.get(`${api}/whoami`))
  await answer('flows', bridge.get(`${api}/login/flows`))
  await answer('capabilities', bridge.get(`${api}/capabilities`))
  await answer('logins before', bridge.get(`${api}/logins`))
  await answer('contacts before', bridge.get(`${api}/contacts`))
  await answer('log out of what is not there', bridge.post(`${api}/logout/380000000001`))
  await answer('another login than ours', bridge.get(`${api}/contacts`, { login_id: '380000000001' }))
  await logins(script)
  await phones.act(olena, '', { name: 'Олена Коваль' })
  await phones.act(petro, '', { name: 'Петро Мельник' })
  await phones.act(ours, '', { name: 'Крамниця', contacts: { [olena]: 'Олена з роботи' } })
  await script.link(ours)
  await answer('whoami', bridge.get(`${api}/whoami`))
  await answer('logins', bridge.get(`${api}/logins`))
  await answer('contacts', bridge.get(`${api}/contacts`))
  await answer('search', bridge.post(`${api}/search_users`, { query: 'роботи' }))
  await answer('search without a body', bridge.call('POST', `${api}/search_users`, { raw: 'x' }))
  await answer('resolve a number', bridge.get(path`/_matrix/provision/v3/resolve_identifier/${petro}`))
  await answer('resolve who is not on WhatsApp', bridge.get(path`/_matrix/provision/v3/resolve_identifier/${'+380501100000'}`))
  await answer('resolve an address of mail', bridge.get(path`/_matrix/provision/v3/resolve_identifier/${'a@b.example'}`))
  await answer('make a chat', bridge.post(path`/_matrix/provision/v3/create_dm/${petro}`))
  await answer('make it again', bridge.post(path`/_matrix/provision/v3/create_dm/${petro}`))
  await answer('backfill a room', bridge.post(`${api}/backfill/!nothing:honest.test`))
}

async function logins({ answer, provisioning: bridge, phones }: Script): Promise<void> {
  const start = async (flow: string, step: string) => {
    const started = await answer(step, bridge.post(`${api}/login/start/${flow}`))
    const { login_id: id, step_id, type } = started.body as { login_id: string; step_id: string; type: string }
    return { id, where: path`/_matrix/provision/v3/login/step/${id}/${step_id}/${type}` }
  }
  const short = await start('phone', 'by number')
  await answer('too short', bridge.post(short.where, { phone_number: '+38050' }))
  await answer('after an error', bridge.post(short.where, { phone_number: '+380501112233' }))
  const local = await start('phone', 'by number again')
  await answer('not international', bridge.post(local.where, { phone_number: '0501234567' }))
  const code = await start('phone', 'by number a third time')
  await answer('a code', bridge.post(code.where, { phone_number: ours }))
  await answer('a step that is over', bridge.post(path`/_matrix/provision/v3/login/step/${code.id}/nonsense/display_and_wait`))
  await answer('cancel', bridge.post(`${api}/login/cancel/${code.id}`))
  await answer('cancel again', bridge.post(`${api}/login/cancel/${code.id}`))
  await answer('a step after cancelling', bridge.post(code.where))
  await answer('a step of no login', bridge.post(`${api}/login/step/x/y/display_and_wait`))
  const qr = await start('qr', 'by QR')
  const next = await answer('the next QR', bridge.post(qr.where))
  await phones.act(ours, 'scan', { data: stringAt(next.body, 'display_and_wait', 'data'), outcome: 'multidevice_not_enabled' })
  await answer('WhatsApp refuses', bridge.post(qr.where))
  await answer('a flow that is not there', bridge.post(`${api}/login/start/nonsense`))
}

/** Rooms as the bridge makes them: a chat, a group (protocol/bridge.md 4.2). */
export async function rooms(script: Script): Promise<void> {
  const { note, phones } = script
  const direct = await script.writes(olena, { to: ours, type: 'text', text: 'hello' })
  note('state of a chat', await stateView(script, direct.room))
  const group = await phones.group('Ремонт', [ours, olena, petro])
  const written = await script.writes(petro, { group, type: 'text', text: 'Коли?' })
  note('state of a group', JSON.parse(JSON.stringify(await stateView(script, written.room)).replaceAll(group, '<group>')))
}

const COMPARED = [
  'm.bridge',
  'uk.half-shot.bridge',
  'm.room.name',
  'm.room.topic',
  'm.room.power_levels',
  'm.room.member',
  'm.room.join_rules',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.create',
  'com.beeper.room_features',
  'com.beeper.disappearing_timer',
  'io.element.functional_members',
]

/** The state of a room that we rely on, by type and key; with everybody in it. */
export async function stateView(script: Script, room: string): Promise<object> {
  const found = await waitFor(
    async () => {
      const events = await script.state(room)
      const joined = events.filter((event) => at(event, 'content', 'membership') === 'join').length
      return joined >= 3 && events
    },
    { what: 'everybody to be in the room' },
  )
  const entries = found.map(
    (event) => [`${String(at(event, 'type'))} ${String(at(event, 'state_key'))}`, withoutPicture(at(event, 'content'))] as const,
  )
  return Object.fromEntries(entries.filter(([key]) => COMPARED.includes(key.split(' ')[0] ?? '')).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The real bot has a picture, ours has none. */
function withoutPicture(content: unknown): object {
  return { ...(content as object), avatar_url: undefined }
}

const kindsWritten: readonly (readonly [string, object])[] = [
  ['text', { type: 'text', text: 'просто *так*' }],
  ['image', { type: 'image', text: 'підпис' }],
  ['image without words', { type: 'image' }],
  ['video', { type: 'video' }],
  ['voice', { type: 'voice' }],
  ['document', { type: 'document', file_name: 'a.pdf' }],
  ['sticker', { type: 'sticker', emoji: '🙂' }],
  ['location', { type: 'location', latitude: 50.45, longitude: 30.52, name: 'Київ' }],
  ['contact', { type: 'contacts', contacts: [{ name: 'Іван', phone: '+380991112233' }] }],
  ['poll', { type: 'poll', question: 'Чай?', options: ['так', 'ні'] }],
  ['call', { type: 'call' }],
  ['forwarded', { type: 'text', text: 'далі', forwarded: true }],
  ['undecryptable', { type: 'undecryptable' }],
]

/** Events as the bridge makes them (protocol/bridge.md 5.1). */
export async function kinds(script: Script): Promise<void> {
  for (const [name, body] of kindsWritten) {
    const { event } = await script.writes(olena, { to: ours, ...body })
    script.note(name, event)
  }
  script.note('own, from the phone', (await script.writes(ours, { to: olena, type: 'text', text: 'з телефона' })).event)
  const { room } = await script.writes(olena, { to: ours, type: 'text', text: 'зміню' })
  const changed = (await script.phones.ledger()).find((message) => message.text === 'зміню')
  const deeds = [
    ['edit', { message_id: changed?.id, text: 'змінено' }],
    ['react', { message_id: changed?.id, emoji: '👍' }],
    ['react', { message_id: changed?.id, emoji: '❤️' }],
    ['react', { message_id: changed?.id, emoji: '' }],
    ['revoke', { message_id: changed?.id }],
  ] as const
  for (const [index, [deed, body]] of deeds.entries()) {
    const before = (await script.timeline(room)).length
    await script.phones.act(olena, deed, body)
    const events = await waitFor(
      async () => {
        const now = await script.timeline(room)
        const expected = index === 2 ? 2 : 1
        return now.length >= before + expected && now.slice(before)
      },
      { what: `${deed} to be brought` },
    )
    script.note(
      `${deed} ${index}`,
      events.map((event) => ({
        type: at(event, 'type'),
        sender: at(event, 'sender'),
        content: at(event, 'content'),
        redacts: at(event, 'redacts'),
      })),
    )
  }
}

/** What is sent, and what the bridge says of it (protocol/bridge.md 5.2, 6.1). */
export async function sending(script: Script): Promise<void> {
  const { room } = await script.writes(olena, { to: ours, type: 'text', text: 'напишіть' })
  const contents: readonly (readonly [string, string, object])[] = [
    ['text', 'm.room.message', { msgtype: 'm.text', body: 'пишу' }],
    ['notice', 'm.room.message', { msgtype: 'm.notice', body: 'не піде' }],
    ['no kind', 'm.room.message', { msgtype: 'm.nonsense', body: 'не піде' }],
    ['a gif', 'm.room.message', { msgtype: 'm.image', body: 'a.gif', url: 'mxc://honest.test/none', info: { mimetype: 'image/gif' } }],
    [
      'a file that is gone',
      'm.room.message',
      { msgtype: 'm.file', body: 'a.pdf', url: 'mxc://honest.test/none', info: { mimetype: 'application/pdf' } },
    ],
    ['a location', 'm.room.message', { msgtype: 'm.location', body: 'тут', geo_uri: 'geo:50.45,30.52' }],
  ]
  let last = ''
  for (const [name, type, content] of contents) {
    const sent = await script.user.put(path`/_matrix/client/v3/rooms/${room}/send/${type}/${`t-${name}`}`, content)
    last = stringAt(sent.body, 'event_id')
    script.note(name, await statusOf(script, room, last))
  }
  const { event } = await script.writes(olena, { to: ours, type: 'text', text: 'дякую' })
  const theirs = stringAt(event, 'event_id')
  const deeds: readonly (readonly [string, string, object])[] = [
    ['a reaction', 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: theirs, key: '👍' } }],
    ['another reaction', 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: theirs, key: '👎' } }],
    ['an edit of theirs', 'm.room.message', editOf(theirs)],
    ['an edit of what cannot be edited', 'm.room.message', editOf(last)],
    ['a deletion', 'm.room.redaction', { redacts: last }],
  ]
  for (const [name, type, content] of deeds) {
    const where = type === 'm.room.redaction' ? path`redact/${last}` : path`send/${type}`
    const sent = await script.user.put(`${path`/_matrix/client/v3/rooms/${room}/`}${where}${path`/${`t-${name}`}`}`, content)
    script.note(name, await statusOf(script, room, stringAt(sent.body, 'event_id')))
  }
}

function editOf(event_id: string): object {
  const fresh = { msgtype: 'm.text', body: 'інакше' }
  return { ...fresh, 'm.new_content': fresh, 'm.relates_to': { rel_type: 'm.replace', event_id } }
}

/** What the bridge says of an event, in order of length: it says that in no order. */
async function statusOf(script: Script, room: string, id: string): Promise<object[]> {
  const look = async () =>
    (await script.timeline(room)).filter(
      (event) => at(event, 'type') === 'com.beeper.message_send_status' && at(event, 'content', 'm.relates_to', 'event_id') === id,
    )
  const told = await waitFor(async () => (await look()).length > 0, { what: `a word of ${id}` })
    // A delivery may follow, or not.
    .then(() => waitFor(async () => (await look()).length > 1, { what: `another word of ${id}`, timeout: 1_500 }))
    .then(look, look)
  const words = told.map((event) => ({ sender: at(event, 'sender'), content: at(event, 'content') }))
  return words.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)
}

/** The states that are pushed, from linking to the phone's unlinking (protocol/bridge.md 7). */
export async function states({ note, phones, webhook, provisioning: bridge }: Script): Promise<void> {
  const pushed = () =>
    webhook.requests.map(({ body }) => body).filter((body) => at(body, 'state_event') !== undefined && at(body, 'remote_id') !== undefined)
  for (const error of ['wa-stream-error', undefined]) {
    const before = pushed().length
    await phones.act(ours, 'trouble', error === undefined ? {} : { error })
    await waitFor(() => pushed().length > before, { what: 'a state to be pushed' })
  }
  const before = pushed().length
  await phones.act(ours, 'unlink')
  await waitFor(() => pushed().length > before, { what: 'the end to be pushed' })
  note('pushed', pushed())
  const login = at((await bridge.get(`${api}/whoami`)).body, 'logins', 0)
  note('whoami says', at(login, 'state'))
}
