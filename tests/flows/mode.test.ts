import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChannelId } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import { pathTo } from '../../contract/routes.ts'
import type { Mode } from '../../contract/settings.ts'
import type { Scope } from '../../contract/user.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Input, type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, findMessage, inboxOf, settled } from '../support/inbox.ts'
import { openTwoRoads, type TestRoad, type TwoRoads } from '../support/two-roads.ts'

const phone = '+380501110001'
const business = '+380441110001'
const tomorrow = () => new Date(Date.now() + 86_400_000)
const yesterday = () => new Date(Date.now() - 86_400_000)

type Body = NonNullable<Input<'sendMessage'>['body']>

let roads: TwoRoads
let admin: Person
let agent: Person
let customers = 0

/** The server with these numbers; whoever is signed in first is the admin. */
async function open(): Promise<void> {
  roads = await openTwoRoads()
  const account = { email: 'admin@example.org', name: 'Admin', password: 'a password of the first admin' }
  admin = await signIn(roads.url, { ...account, setup_token: await roads.setupToken() })
  agent = await addAgent('agent')
}
async function addAgent(name: string): Promise<Person> {
  const person = { email: `${name}@example.org`, password: 'a password of the agent' }
  await admin.call('createUser', { body: { ...person, name, role: 'agent' } })
  return signIn(roads.url, person)
}
const setMode = (mode: Mode) => admin.call('setWhatsappMode', { body: { mode } })
const nextCustomer = () => `+38067222${String((customers += 1)).padStart(4, '1')}`

/** The conversation of somebody who has just written to one of our numbers. */
async function conversation(customer: string, of: ChannelId, who = admin) {
  const find = async () => (await conversationsOf(who, of)).find((one) => one.contact?.phone === customer)
  return waitFor(find, { what: `the chat with ${customer}` })
}
const send = (id: string, body: Body, who = admin) => who.call('sendMessage', { params: { conversation_id: id }, body })
const refused = (id: string, body: Body, who = admin) => who.refused('sendMessage', { params: { conversation_id: id }, body })
const capabilities = (id: string, who = admin) => who.call('getCapabilities', { params: { conversation_id: id } })
const textsOf = ({ network }: TestRoad) => network.sent.map((message) => message.text)
async function sentFrom(road: TestRoad, text: string): Promise<void> {
  await waitFor(async () => textsOf(road).includes(text), { what: `"${text}" to be sent` })
}
/** The message as it stands once the server knows too that it went: the other side may have it a moment earlier. */
async function onceSent(message: Message): Promise<Message> {
  const find = async () => {
    const stored = await findMessage(admin, message)
    return stored?.status === 'sent' && stored.external_id !== undefined ? stored : undefined
  }
  return waitFor(find, { what: `${message.id} to be known as sent` })
}
const makeKey = async (scopes: readonly Scope[]) =>
  (await admin.call('createApiKey', { body: { name: 'CRM', scopes: [...scopes] } })) as { readonly key: string }
/** Sends by an API key, under an Idempotency-Key of its own. */
async function postAs(key: string, id: string, idempotencyKey: string, body: object) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': idempotencyKey }
  const url = roads.url + pathTo('sendMessage', { conversation_id: id })
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return {
    status: answer.status,
    replayed: answer.headers.get('idempotency-replayed'),
    body: (await answer.json()) as Record<string, unknown>,
  }
}
/** Everything that could have come of a request that was refused. */
const everything = async () => ({
  chats: (await conversationsOf(admin)).length,
  messages: (await inboxOf(admin)).length,
  sent: roads.phones.network.sent.length + roads.business.network.sent.length,
})

describe('with a number on each road', { timeout: 120_000 }, () => {
  let linked: ChannelId
  let shop: ChannelId

  beforeAll(async () => {
    await open()
    linked = await roads.phones.link(phone)
    shop = await roads.business.link(business)
    for (const channel_id of [linked, shop])
      await admin.call('updateChannel', { params: { channel_id }, body: { pace: { messages_per_minute: 600 } } })
    await roads.business.approve(business, 'order_ready')
  }, 60_000)
  afterAll(() => roads?.[Symbol.asyncDispose]())

  test('a thread goes on over the other road, both ways, and looks the same', async () => {
    const customer = nextCustomer()
    await roads.phones.write(customer, phone, 'Добрий день')
    await roads.business.write(customer, business, 'Ще раз добрий день', tomorrow())
    const [here, there] = [await conversation(customer, linked), await conversation(customer, shop)]
    expect(here.contact?.id).toBe(there.contact?.id)

    await setMode('matrix')
    const first = await send(here.id, { text: 'перша' })
    await setMode('classical')
    expect((await capabilities(here.id)).from_channel).toMatchObject({
      id: shop,
      rerouted: true,
      needs_confirmation: false,
      conversation_id: there.id,
    })
    const second = await send(here.id, { text: 'друга' })
    expect(second).toMatchObject({ conversation_id: there.id, channel_id: shop, rerouted_from_conversation_id: here.id })
    await setMode('matrix')
    const third = await send(there.id, { text: 'третя' }, agent)
    expect(third).toMatchObject({ conversation_id: here.id, channel_id: linked, rerouted_from_conversation_id: there.id })
    await setMode('both')
    const fourth = await send(there.id, { text: 'четверта' })
    expect(fourth).toMatchObject({ conversation_id: there.id })
    for (const text of ['перша', 'третя']) await sentFrom(roads.phones, text)
    for (const text of ['друга', 'четверта']) await sentFrom(roads.business, text)

    const whole = await Promise.all([first, second, third, fourth].map(onceSent))
    const shapes = whole.map((message) => Object.keys(message).toSorted())
    expect(shapes).toEqual([shapes[0], shapes[0], shapes[0], shapes[0]])
    // A contact's addresses name networks; nothing else may.
    const seen = JSON.stringify(
      [await inboxOf(admin), await conversationsOf(agent), await agent.call('listEvents', {})],
      (key, value: unknown) => (key === 'addresses' ? undefined : value),
    )
    expect(seen.match(/matrix|cloud|"road"|"provider"/i)).toBeNull()
  })

  test('what has no way is refused with its reason, and nothing is stored or sent', async () => {
    const [silent, late, hidden] = [nextCustomer(), nextCustomer(), '+380670000000']
    await roads.phones.write(silent, phone, 'a')
    await roads.phones.write(late, phone, 'b')
    await roads.business.write(late, business, 'c', yesterday())
    await roads.business.write(hidden, business, 'd', tomorrow())
    await roads.phones.writeInGroup(silent, phone, 'e')
    const [ofSilent, ofLate, ofHidden] = [
      await conversation(silent, linked),
      await conversation(late, linked),
      await conversation(hidden, shop),
    ]
    const group = await waitFor(async () => (await conversationsOf(admin, linked)).find((one) => one.type === 'group'), {
      what: 'the group',
    })
    const [question] = (await admin.call('listMessages', { params: { conversation_id: ofLate.id } })).items
    await settled(admin)
    const before = await everything()

    await setMode('classical')
    const cases = [
      [ofSilent.id, { text: 'never wrote there' }, 'window_closed'],
      [ofLate.id, { text: 'too late' }, 'window_closed'],
      [ofLate.id, { poll: { question: 'x', options: ['a', 'b'], max_choices: 1 } }, 'type_unsupported'],
      [ofLate.id, { template: { name: 'order_ready', language: 'uk' }, reply_to_id: question!.id }, 'type_unsupported'],
      [group.id, { text: 'to all' }, 'group'],
    ] as const
    for (const [id, body, reason] of cases)
      expect(await refused(id, body as Body)).toMatchObject({ status: 409, code: 'route_unavailable', reason })
    expect(await capabilities(group.id)).toMatchObject({
      from_channel: null,
      route_unavailable: { reason: 'group' },
      text: { max_length: 0 },
    })

    await setMode('matrix')
    await roads.phones.become(phone, 'restricted')
    await waitFor(async () => (await refused(ofHidden.id, { text: 'x' })).reason === 'reachout_locked', { what: 'the lock' })
    await roads.phones.become(phone, 'logged_out')
    await waitFor(async () => (await refused(ofHidden.id, { text: 'x' })).reason === 'channel_not_connected', { what: 'the end of it' })
    await roads.phones.become(phone, 'connected')
    await waitFor(async () => (await refused(ofHidden.id, { text: 'x' })).code === 'reroute_unconfirmed', { what: 'it to come back' })
    // Whom nobody knows there is found out only when the chat is begun.
    expect(await refused(ofHidden.id, { text: 'x', confirm_reroute: true })).toMatchObject({
      code: 'route_unavailable',
      reason: 'no_address',
    })
    await settled(admin)
    expect(await everything()).toEqual(before)

    await setMode('classical')
    const sent = await send(ofLate.id, { template: { name: 'order_ready', language: 'uk' } })
    expect(sent).toMatchObject({ type: 'template', channel_id: shop, rerouted_from_conversation_id: ofLate.id })
    // A group is answered from its own number, where that is named.
    expect(await send(group.id, { text: 'to all of you', channel_id: linked })).toMatchObject({ conversation_id: group.id })
  })

  test('a chat begins on another number only when that is confirmed, or set so', async () => {
    await setMode('matrix')
    const customer = nextCustomer()
    await roads.business.write(customer, business, 'hello', tomorrow())
    const { id } = await conversation(customer, shop)
    expect((await capabilities(id)).from_channel).toMatchObject({ id: linked, rerouted: true, needs_confirmation: true })
    await settled(admin)
    const before = await everything()
    const { key } = await makeKey(['messages:send'])
    const post = (idempotencyKey: string, body: object) => postAs(key, id, idempotencyKey, body)
    const asked = await post('k1', { text: 'from elsewhere' })
    expect(asked).toMatchObject({
      status: 409,
      body: { code: 'reroute_unconfirmed', reroute: { from_channel: { id: shop, phone: business }, to_channel: { id: linked, phone } } },
    })
    expect((await post('k1', { text: 'from elsewhere', confirm_reroute: true })).body).toMatchObject({ code: 'idempotency_conflict' })
    expect(await everything()).toEqual(before)
    const confirmed = await post('k2', { text: 'from elsewhere', confirm_reroute: true })
    expect(confirmed).toMatchObject({ status: 202, body: { channel_id: linked, rerouted_from_conversation_id: id } })
    expect(await post('k2', { text: 'from elsewhere', confirm_reroute: true })).toEqual({ ...confirmed, replayed: 'true' })
    await sentFrom(roads.phones, 'from elsewhere')
    expect(textsOf(roads.phones).filter((text) => text === 'from elsewhere')).toHaveLength(1)
    // It has begun, so nobody is asked any more.
    expect(await send(id, { text: 'and again' })).toMatchObject({ conversation_id: confirmed.body['conversation_id'] })

    await admin.call('setRouting', { body: { rerouting: 'auto' } })
    const other = nextCustomer()
    await roads.business.write(other, business, 'hello', tomorrow())
    expect(await send((await conversation(other, shop)).id, { text: 'at once' })).toMatchObject({ channel_id: linked })
    await admin.call('setRouting', { body: { rerouting: 'confirm' } })
  })

  test('never from somebody else’s personal number, and from one’s own before the default', async () => {
    const [owner, customer] = [await addAgent('owner'), nextCustomer()]
    const own = await roads.phones.link('+380501110002', owner.user.id)
    await roads.phones.write(customer, '+380501110002', 'to the owner alone')
    await roads.business.write(customer, business, 'to all', tomorrow())
    const { id } = await conversation(customer, shop)
    await conversation(customer, own, owner)
    await setMode('matrix')
    expect((await capabilities(id, owner)).from_channel).toMatchObject({ id: own, needs_confirmation: false })
    for (const who of [agent, admin]) {
      expect((await capabilities(id, who)).from_channel).toMatchObject({ id: linked, needs_confirmation: true })
      expect(await refused(id, { text: 'mine?', channel_id: own }, who)).toMatchObject({ code: 'invalid_request' })
    }
    expect(await send(id, { text: 'from my own' }, owner)).toMatchObject({ channel_id: own })
    // A key that acts for the owner has their number; by itself it has none of its own.
    const { key } = await makeKey(['messages:send', 'act_as'])
    expect(await postAs(key, id, 'k3', { text: 'for them', on_behalf_of: owner.user.id })).toMatchObject({
      status: 202,
      body: { channel_id: own },
    })
    expect((await postAs(key, id, 'k4', { text: 'by itself' })).body).toMatchObject({ reroute: { to_channel: { id: linked } } })
    await admin.call('updateChannel', { params: { channel_id: linked }, body: { is_default: false } })
    expect(await refused(id, { text: 'x' }, agent)).toMatchObject({ code: 'route_unavailable', reason: 'no_channel' })
    await admin.call('updateChannel', { params: { channel_id: linked }, body: { is_default: true } })
  })

  test('a first message goes by the mode too, and what could not be sent begins no chat', async () => {
    await setMode('classical')
    const customer = nextCustomer()
    await settled(admin)
    const before = await everything()
    const to = { to: customer }
    expect(await admin.refused('sendMessageTo', { body: { ...to, text: 'cold' } })).toMatchObject({ status: 422, code: 'window_closed' })
    const named = { ...to, text: 'cold', channel_id: 'chn_0' as ChannelId }
    expect(await admin.refused('sendMessageTo', { body: named })).toMatchObject({ code: 'invalid_request' })
    expect(await everything()).toEqual(before)
    const template = { name: 'order_ready', language: 'uk' }
    expect(await admin.call('sendMessageTo', { body: { ...to, template } })).toMatchObject({ channel_id: shop, type: 'template' })
    expect(await admin.call('sendMessageTo', { body: { ...to, text: 'by phone', channel_id: linked } })).toMatchObject({
      channel_id: linked,
    })
    await setMode('matrix')
    expect(await admin.call('sendMessageTo', { body: { ...to, text: 'again' } })).toMatchObject({ channel_id: linked })
  })

  test('what is queued, tried again or done to a message keeps its number, whatever the mode', async () => {
    const customer = nextCustomer()
    await roads.phones.write(customer, phone, 'question')
    await roads.business.write(customer, business, 'question', tomorrow())
    const { id } = await conversation(customer, linked)
    await setMode('matrix')
    roads.phones.network.away = true
    const failed = await send(id, { text: 'lost at first' })
    await waitFor(async () => (await findMessage(admin, failed))?.status === 'failed', { what: 'the failure' })
    roads.phones.network.away = false

    await setMode('classical')
    const params = { message_id: failed.id }
    expect(await admin.call('retryMessage', { params })).toMatchObject({ channel_id: linked, conversation_id: id })
    await sentFrom(roads.phones, 'lost at first')
    expect(textsOf(roads.business)).not.toContain('lost at first')
    await waitFor(async () => (await findMessage(admin, failed))?.status === 'sent', { what: 'the tick' })
    const done = roads.phones.network.done.length
    await admin.call('setReaction', { params, body: { emoji: '👍' } })
    await admin.call('editMessage', { params, body: { text: 'found again' } })
    await admin.call('markRead', { params: { conversation_id: id }, body: {} })
    await admin.call('setTyping', { params: { conversation_id: id }, body: { on: true } })
    await admin.call('deleteMessage', { params })
    await waitFor(async () => roads.phones.network.done.length === done + 5, { what: 'all of it to be done' })
    expect(roads.business.network.done).toEqual([])
    expect(
      roads.phones.network.done
        .slice(done)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['delete', 'edit', 'react', 'read', 'typing'])
  })

  test('before a flip it is said what it would change, by the rule that then holds', async () => {
    await setMode('both')
    const open = await conversationsOf(admin)
    for (const mode of ['classical', 'matrix', 'both'] as const) {
      const told = await admin.call('getWhatsappModePreview', { query: { mode } })
      await setMode(mode)
      const now = await Promise.all(
        open.map(async ({ id }) => {
          const { from_channel, route_unavailable, text } = await capabilities(id)
          const isMoved = from_channel?.rerouted === true
          const isFree = text.max_length > 0
          return { moved: isMoved && isFree, stuck: route_unavailable !== undefined || (isMoved && !isFree) }
        }),
      )
      await setMode('both')
      // The one chat that is another person's own is counted too, though the admin does not see it; its owner answers it.
      const personal = mode === 'classical' ? { change_number: 1 } : { change_number: 0 }
      expect(told).toMatchObject({
        mode,
        has_effect: true,
        numbers: { classical: 1, matrix: 2 },
        open_conversations: open.length + 1,
        change_number: now.filter((one) => one.moved).length + personal.change_number,
        unanswerable: now.filter((one) => one.stuck).length,
      })
    }
  })

  test('flipped fifty times while two hundred are sent, each goes once, from the number that it says', async () => {
    const chats = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const customer = nextCustomer()
        await roads.phones.write(customer, phone, 'hello')
        await roads.business.write(customer, business, 'hello', tomorrow())
        return [await conversation(customer, linked), await conversation(customer, shop)] as const
      }),
    )
    const places = chats.flat()
    const answers: Message[] = []
    // Spread over all of it, so that each flip meets messages under way.
    const flips = (async () => {
      for (let flip = 0; flip < 50; flip += 1) {
        await setMode(flip % 2 === 0 ? 'classical' : 'matrix')
        await waitFor(async () => answers.length >= flip * 4, { what: 'the next messages', interval: 1 })
      }
    })()
    const sender = async (lane: number) => {
      for (let at = lane; at < 200; at += 8) answers.push(await send(places[at % places.length]!.id, { text: `load ${at}` }))
    }
    await Promise.all([flips, ...Array.from({ length: 8 }, (_, lane) => sender(lane))])
    await settled(admin)

    const went = [roads.phones, roads.business].flatMap(({ network }) => network.sent).filter(({ text }) => text?.startsWith('load '))
    expect(went.map(({ text }) => text).toSorted()).toEqual(Array.from({ length: 200 }, (_, at) => `load ${at}`).toSorted())
    const numbers = new Map([
      [linked, phone],
      [shop, business],
    ])
    const promised = new Map(answers.map((answer) => ['text' in answer ? answer.text : '', numbers.get(answer.channel_id)?.slice(1)]))
    expect(new Map(went.map(({ text, from }) => [text, from]))).toEqual(promised)
    const used = new Set(went.map(({ from }) => from))
    expect(used.size).toBe(2)
    const stored = (await inboxOf(admin)).filter((message) => 'text' in message && message.text?.startsWith('load '))
    expect(stored.length).toBe(200)
    expect(stored.filter((message) => message.status !== 'sent')).toEqual([])
  })
})

describe.each([
  ['one linked phone', 'phones', '+380501110009'],
  ['one number of a business', 'business', '+380441110009'],
] as const)('with %s alone', (_, road, number) => {
  beforeAll(open, 60_000)
  afterAll(() => roads?.[Symbol.asyncDispose]())

  test('every mode works, and the settings say which has no effect', { timeout: 60_000 }, async () => {
    const channel = await roads[road].link(number)
    const customer = nextCustomer()
    await roads[road].write(customer, number, 'hello', tomorrow())
    const { id } = await conversation(customer, channel)
    for (const mode of ['classical', 'matrix', 'both'] as const) {
      const hasEffect = mode === 'both' || mode === (road === 'phones' ? 'matrix' : 'classical')
      expect(await setMode(mode)).toEqual({ mode, has_effect: hasEffect })
      expect(await admin.call('getWhatsappModePreview', { query: { mode } })).toMatchObject({
        has_effect: hasEffect,
        change_number: 0,
        unanswerable: 0,
      })
      expect((await capabilities(id)).from_channel).toMatchObject({ id: channel, rerouted: false, needs_confirmation: false })
      expect(await send(id, { text: `in mode ${mode}` }, agent)).toMatchObject({ conversation_id: id, channel_id: channel })
      await sentFrom(roads[road], `in mode ${mode}`)
      expect(await admin.call('createConversation', { body: { phone_number: nextCustomer() } })).toMatchObject({ channel_id: channel })
    }
  })
})
