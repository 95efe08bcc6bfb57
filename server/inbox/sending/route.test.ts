import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { channelStatuses } from '../../../contract/channel.ts'
import { routeReasons } from '../../../contract/error.ts'
import type { ChannelId } from '../../../contract/ids.ts'
import { modes, reroutings } from '../../../contract/settings.ts'
import { chooseRoute, hasEffect, type Route, type RouteChat, type RouteFacts, type RouteNumber } from './route.ts'

const number = (id: string, road: RouteNumber['road'], more: Partial<RouteNumber> = {}): RouteNumber => ({
  id: id as ChannelId,
  road,
  access: 'shared',
  ownerId: null,
  isDefault: false,
  status: 'connected',
  ...more,
})
const personal = (owner: string) => ({ access: 'personal', ownerId: owner }) as const

const phone = number('phone', 'matrix', { isDefault: true })
const phone2 = number('phone2', 'matrix')
const mine = number('mine', 'matrix', personal('me'))
const theirs = number('theirs', 'matrix', personal('them'))
const cloud = number('cloud', 'classical', { isDefault: true })
const cloud2 = number('cloud2', 'classical')

const chat = (of: RouteNumber, more: Partial<RouteChat> = {}): RouteChat => ({
  channel: of.id,
  talked: true,
  windowOpen: true,
  excluded: false,
  ...more,
})
const on = (of: RouteNumber, type: 'direct' | 'group' = 'direct') => ({ channel: of.id, road: of.road, type })
const line = { connected: true, takes: ['text', 'image', 'template'], windowed: false }
const text = { type: 'text', answersElsewhere: false }

/** A text in a direct chat on the linked phone, in mode classical, with a number on each road and a chat with the contact on both. */
const usual: RouteFacts = {
  mode: 'classical',
  rerouting: 'confirm',
  sender: 'me',
  named: null,
  conversation: on(phone),
  roads: ['classical', 'matrix'],
  numbers: [phone, cloud],
  chats: [chat(phone), chat(cloud)],
  addresses: [{ type: 'phone', value: '+380501112233' }],
  message: text,
  line,
}
const told = (route: Route) =>
  route.kind === 'stay'
    ? 'stay'
    : route.kind === 'refuse'
      ? route.reason
      : `${route.channel}${route.chat === null ? ', new chat' : ''}${route.confirm ? ', to be confirmed' : ''}`

type Row = readonly [what: string, facts: Partial<RouteFacts>, expected: string]
const alone = (of: RouteNumber) => ({ roads: [of.road], numbers: [of], chats: [chat(of)], conversation: on(of) })
const toMatrix = { mode: 'matrix', conversation: on(cloud) } as const
const fallen = (of: RouteNumber) => ({ ...of, status: 'logged_out' }) as const
const closed = { ...line, windowed: true }

const rules: readonly (readonly [string, readonly Row[]])[] = [
  [
    'rule 1, the number that is named',
    [
      ['its own, whatever the mode', { named: phone.id }, 'stay'],
      ['another of the same road', { named: phone2.id, numbers: [phone, phone2], chats: [chat(phone), chat(phone2)] }, 'phone2'],
      ['against the mode', { ...toMatrix, mode: 'classical', named: phone.id }, 'phone'],
      ['where it begins a chat nobody is asked: it was meant', { named: cloud.id, chats: [chat(phone)] }, 'cloud, new chat'],
      ['one that is not the sender’s', { named: theirs.id, numbers: [phone, theirs] }, 'no_channel'],
      ['one that fell', { named: cloud.id, numbers: [phone, fallen(cloud)] }, 'channel_not_connected'],
      ['a group is on its own number only', { named: cloud.id, conversation: on(phone, 'group') }, 'group'],
      ['the group’s own', { named: phone.id, conversation: on(phone, 'group') }, 'stay'],
    ],
  ],
  [
    'rule 2, the conversation’s own',
    [
      ['both roads', { mode: 'both' }, 'stay'],
      ['the mode names its road', { mode: 'matrix' }, 'stay'],
      ['and the other one', { ...toMatrix, mode: 'classical' }, 'stay'],
      ['one linked phone works in mode classical', { mode: 'classical', ...alone(phone) }, 'stay'],
      ['one number of the business works in mode matrix', { mode: 'matrix', ...alone(cloud) }, 'stay'],
      ['a group too', { mode: 'classical', ...alone(phone), conversation: on(phone, 'group') }, 'stay'],
      ['there is a number on the road, though not the sender’s', { numbers: [phone] }, 'no_channel'],
    ],
  ],
  [
    'rule 3, another number',
    [
      ['the default', {}, 'cloud'],
      ['and the other way', toMatrix, 'phone'],
      [
        'the one on which they talked to us last',
        { numbers: [phone, cloud, cloud2], chats: [chat(phone), chat(cloud2), chat(cloud)] },
        'cloud2',
      ],
      ['talked comes before one’s own', { ...toMatrix, numbers: [cloud, phone, mine], chats: [chat(phone), chat(cloud)] }, 'phone'],
      ['one’s own comes before the default', { ...toMatrix, numbers: [cloud, phone, mine], chats: [] }, 'mine, new chat, to be confirmed'],
      ['never that of somebody else', { ...toMatrix, numbers: [cloud, theirs], chats: [chat(theirs)] }, 'no_channel'],
      ['not even of an owner who is nobody', { ...toMatrix, numbers: [{ ...theirs, ownerId: null }], chats: [chat(theirs)] }, 'no_channel'],
      ['nor one that is no default', { numbers: [phone, cloud2], chats: [] }, 'no_channel'],
      ['what fell is passed over', { numbers: [phone, cloud, fallen(cloud2)], chats: [chat(cloud2), chat(cloud)] }, 'cloud'],
      ['unless there is nothing else', { numbers: [phone, fallen(cloud)] }, 'channel_not_connected'],
      ['a banned number has fallen as well', { numbers: [phone, { ...cloud, status: 'banned' }] }, 'channel_not_connected'],
      ['a silent one has not', { numbers: [phone, { ...cloud, status: 'silent' }] }, 'cloud'],
      ['whose line is down', { line: { ...line, connected: false } }, 'channel_not_connected'],
      ['where its owner keeps the chat to themselves', { chats: [chat(phone), chat(cloud, { excluded: true })] }, 'no_channel'],
    ],
  ],
  [
    'what begins a chat there',
    [
      ['is to be confirmed', { chats: [chat(phone)] }, 'cloud, new chat, to be confirmed'],
      ['also where there is an empty one', { chats: [chat(phone), chat(cloud, { talked: false })] }, 'cloud, to be confirmed'],
      ['unless the setting says otherwise', { chats: [chat(phone)], rerouting: 'auto' }, 'cloud, new chat'],
      ['needs an address', { chats: [], addresses: [] }, 'no_address'],
      [
        'a hidden id is one on linked phones',
        { ...toMatrix, chats: [], addresses: [{ type: 'hidden', value: '1@lid' }] },
        'phone, new chat, to be confirmed',
      ],
      ['and none for a business', { chats: [], addresses: [{ type: 'hidden', value: '1@lid' }] }, 'no_address'],
      ['whose own ids are one there', { chats: [], addresses: [{ type: 'business', value: 'UA.1' }] }, 'cloud, new chat, to be confirmed'],
      ['and none on linked phones', { ...toMatrix, chats: [], addresses: [{ type: 'business', value: 'UA.1' }] }, 'no_address'],
      ['a chat that is there needs none', { addresses: [] }, 'cloud'],
      ['not while WhatsApp locks it', { ...toMatrix, numbers: [cloud, { ...phone, status: 'restricted' }], chats: [] }, 'reachout_locked'],
      ['which does not touch chats that go on', { ...toMatrix, numbers: [cloud, { ...phone, status: 'restricted' }] }, 'phone'],
    ],
  ],
  [
    'what could not be sent there',
    [
      ['a kind that the number does not take', { message: { ...text, type: 'poll' } }, 'type_unsupported'],
      ['an answer to a message of the other number', { message: { ...text, answersElsewhere: true } }, 'type_unsupported'],
      ['a text after the window', { line: closed, chats: [chat(cloud, { windowOpen: false })] }, 'window_closed'],
      ['a text before there was any', { line: closed, chats: [] }, 'window_closed'],
      ['a template goes', { line: closed, chats: [chat(cloud, { windowOpen: false })], message: { ...text, type: 'template' } }, 'cloud'],
      ['a text within the window goes', { line: closed }, 'cloud'],
      ['no window matters where there is none', { chats: [chat(cloud, { windowOpen: false })] }, 'cloud'],
      ['a group', { conversation: on(phone, 'group') }, 'group'],
      ['asked for no message in particular', { message: null, line: closed, chats: [chat(cloud, { windowOpen: false })] }, 'cloud'],
    ],
  ],
  [
    'a new chat',
    (
      [
        ['one’s own on the road of the mode', { mode: 'matrix', numbers: [phone, mine, cloud] }, 'mine, new chat'],
        ['else its default', { mode: 'matrix', numbers: [phone, cloud] }, 'phone, new chat'],
        ['with both the default of the business', { mode: 'both', numbers: [phone, mine, cloud] }, 'cloud, new chat'],
        ['else that of the phones, before one’s own', { mode: 'both', numbers: [phone, mine] }, 'phone, new chat'],
        ['where they talked to us', { mode: 'both', numbers: [phone, cloud], chats: [chat(phone)] }, 'phone'],
        ['a mode without effect', { mode: 'classical', roads: ['matrix'], numbers: [phone] }, 'phone, new chat'],
        ['the one that is named', { mode: 'matrix', named: cloud.id }, 'cloud, new chat'],
        ['none', { mode: 'matrix', numbers: [cloud] }, 'no_channel'],
        ['a text where a window has never been open', { mode: 'classical', line: closed }, 'window_closed'],
        ['no text yet', { mode: 'classical', line: closed, message: null }, 'cloud, new chat'],
        [
          'one that is there is found on a number that fell',
          { named: cloud.id, numbers: [fallen(cloud)], chats: [chat(cloud)], message: null },
          'cloud',
        ],
      ] as Row[]
    ).map(([what, facts, expected]) => [what, { conversation: null, chats: [], ...facts }, expected] as const),
  ],
]

describe.each(rules)('%s', (_, rows) => {
  test.each(rows)('%s', (_what, facts, expected) => {
    expect(told(chooseRoute({ ...usual, ...facts }))).toBe(expected)
  })
})

test('every reason has its row', () => {
  const expected = rules.flatMap(([, rows]) => rows.map((row) => row[2]))
  expect(routeReasons.filter((reason) => !expected.includes(reason))).toEqual([])
})

test('the mode has an effect where its road has a number', () => {
  expect(modes.map((mode) => hasEffect(mode, ['matrix']))).toEqual([false, true, true])
  expect(modes.map((mode) => hasEffect(mode, ['classical', 'matrix']))).toEqual([true, true, true])
})

const people = ['me', 'them', null] as const
const someNumbers = fc
  .array(
    fc.record({
      road: fc.constantFrom('classical' as const, 'matrix' as const),
      access: fc.constantFrom('shared' as const, 'personal' as const),
      ownerId: fc.constantFrom(...people),
      isDefault: fc.boolean(),
      status: fc.constantFrom(...channelStatuses),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.map((one, index) => ({ ...one, id: `chn_${index}` as ChannelId })))
const anyFacts: fc.Arbitrary<RouteFacts> = someNumbers.chain((numbers) => {
  const id = fc.constantFrom(...numbers.map((one) => one.id))
  return fc.record({
    mode: fc.constantFrom(...modes),
    rerouting: fc.constantFrom(...reroutings),
    sender: fc.constant('me'),
    named: fc.option(id),
    conversation: fc.option(fc.constantFrom(...numbers).chain((of) => fc.constantFrom(on(of), on(of, 'group')))),
    roads: fc.constant(['classical', 'matrix'] as const).map((all) => all.filter((road) => numbers.some((one) => one.road === road))),
    numbers: fc.subarray(numbers),
    chats: fc.uniqueArray(fc.record({ channel: id, talked: fc.boolean(), windowOpen: fc.boolean(), excluded: fc.boolean() }), {
      selector: (one) => one.channel,
    }),
    addresses: fc.subarray([
      { type: 'phone', value: '1' },
      { type: 'hidden', value: '2' },
      { type: 'business', value: '3' },
    ] as const),
    message: fc.option(fc.record({ type: fc.constantFrom('text', 'poll', 'template'), answersElsewhere: fc.boolean() })),
    line: fc.option(fc.record({ connected: fc.boolean(), takes: fc.subarray(['text', 'poll', 'template']), windowed: fc.boolean() })),
  })
})

/** Facts for which this does not hold; undefined where it always does. */
const exception = (holds: (facts: RouteFacts, route: Route) => boolean) =>
  fc.check(
    fc.property(anyFacts, (facts) => holds(facts, chooseRoute(facts))),
    { numRuns: 2_000 },
  ).counterexample ?? undefined

describe('whatever is the case', () => {
  test('nothing goes from somebody else’s personal number, nor from one that is not there to use', () => {
    const isOurs = (one: RouteNumber | undefined) => one?.access === 'shared' || one?.ownerId === 'me'
    expect(
      exception(({ numbers }, route) => route.kind !== 'go' || isOurs(numbers.find((one) => one.id === route.channel))),
    ).toBeUndefined()
  })

  test('with numbers on one road only, and none named, every conversation stays', () => {
    const alone = (facts: RouteFacts) => ({ ...facts, named: null, roads: [facts.conversation?.road ?? 'matrix'] })
    expect(exception((facts) => facts.conversation === null || chooseRoute(alone(facts)).kind === 'stay')).toBeUndefined()
  })

  test('a message that goes elsewhere could be sent there', () => {
    const found = exception(({ message, line: said, conversation, numbers }, route) => {
      if (route.kind !== 'go' || message === null) return true
      const isTaken = !message.answersElsewhere && said?.connected !== false && said?.takes.includes(message.type) !== false
      const isInTime = said?.windowed !== true || message.type === 'template' || route.chat?.windowOpen === true
      const isUp = numbers.some((one) => one.id === route.channel && one.status !== 'logged_out' && one.status !== 'banned')
      return isTaken && isInTime && isUp && conversation?.type !== 'group'
    })
    expect(found).toBeUndefined()
  })

  test('a chat begins on another number only where somebody agreed, named it, or it is set so', () => {
    const found = exception((facts, route) => {
      if (route.kind !== 'go' || facts.conversation === null || route.chat?.talked === true) return true
      return route.confirm === (facts.named === null && facts.rerouting === 'confirm')
    })
    expect(found).toBeUndefined()
  })

  test('a conversation is never asked to leave its own number for itself', () => {
    expect(exception(({ conversation }, route) => route.kind !== 'go' || route.channel !== conversation?.channel)).toBeUndefined()
  })
})
