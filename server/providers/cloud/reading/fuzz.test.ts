import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../provider.ts'
import { attached, from, metadata, number, olena, ourPhone, reader, value, waba, when } from '../testing.ts'

/** As many broken bodies as every run reads; MISTOK_FUZZ_BODIES=100000 for the long one. */
const bodies = Number(process.env['MISTOK_FUZZ_BODIES'] ?? 20_000)

const message = (type: string, told: unknown, more: object = {}) => ({
  field: 'messages',
  ...from({ id: `wamid.${type}`, type, [type]: told, ...more }),
})
const file = { id: '1003383421387256', mime_type: 'image/jpeg', sha256: 'x', url: 'https://files.example/1' }

/** Deliveries in the published shapes, one of each kind. */
const published: readonly { readonly field: string; readonly value: unknown }[] = [
  message('text', { body: 'Привіт' }, { context: { id: 'wamid.q', forwarded: true } }),
  message('image', { ...file, caption: 'x' }),
  message('audio', { ...file, voice: true }),
  message('location', { latitude: 1, longitude: 2, name: 'x' }),
  message('contacts', [{ name: { formatted_name: 'Ann' }, phones: [{ phone: '+380', wa_id: '380501112233' }], vcard: 'BEGIN:VCARD' }]),
  message('reaction', { message_id: 'wamid.out', emoji: '👍' }),
  message('button', { payload: 'p', text: 't' }),
  message('interactive', { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'b', response_json: '{"a":1}' } }),
  message('interactive', { type: 'list_reply', list_reply: { id: 'r', title: 't' } }),
  message('order', { product_items: [{ product_retailer_id: 's', quantity: 1, item_price: 2, currency: 'UAH' }] }),
  message('system', { body: 'x', type: 'user_changed_number', wa_id: '380509999999', user_id: 'UA.9', previous_user_id: olena.user_id }),
  message('unsupported', { type: 'poll_creation' }, { errors: [{ code: 131051, title: 't', error_data: { details: 'd' } }] }),
  message('edit', { original_message_id: 'wamid.1', message: { type: 'text', text: { body: 'n' } } }),
  message('revoke', { original_message_id: 'wamid.1' }),
  message('text', { body: 'in a group' }, { group_id: 'grp', id: 'wamid.group' }),
  {
    field: 'messages',
    value: value({
      contacts: [olena],
      statuses: [
        { id: 'wamid.s1', status: 'read', timestamp: when, recipient_id: olena.wa_id, recipient_user_id: olena.user_id },
        { id: 'wamid.s2', status: 'failed', timestamp: when, errors: [{ code: 131047, error_data: { details: 'x' } }] },
      ],
    }),
  },
  {
    field: 'smb_message_echoes',
    value: value({
      message_echoes: [{ from: ourPhone, to: olena.wa_id, id: 'wamid.echo', timestamp: when, type: 'text', text: { body: 'x' } }],
    }),
  },
  {
    field: 'history',
    value: value({
      history: [
        {
          metadata: { phase: 0 },
          threads: [
            { id: olena.wa_id, messages: [{ from: olena.wa_id, id: 'wamid.h', timestamp: when, type: 'text', text: { body: 'x' } }] },
          ],
        },
      ],
    }),
  },
  {
    field: 'smb_app_state_sync',
    value: value({ state_sync: [{ type: 'contact', contact: { full_name: 'x', phone_number: olena.wa_id }, action: 'add' }] }),
  },
  { field: 'calls', value: { metadata, calls: [{ id: 'wacid.1', from: olena.wa_id, event: 'connect', timestamp: when }] } },
  {
    field: 'user_id_update',
    value: { user_id_update: [{ wa_id: olena.wa_id, user_id: { previous: olena.user_id, current: 'UA.2' }, timestamp: when }] },
  },
  { field: 'message_template_status_update', value: { event: 'PAUSED', message_template_id: 5_944_254_792_615_967, reason: 'x' } },
  { field: 'account_update', value: { event: 'ACCOUNT_RESTRICTION' } },
]

const texts = published.map((one) => JSON.stringify(one))

const scalars = [null, '', ' ', 0, -1, 1e300, '0', '9007199254740993', true, '\0', '\ud800', 'x'.repeat(600), '__proto__', '380671234567']
const anything: readonly unknown[] = scalars.concat([[], {}, [null], [[]], [{}], { id: 'wamid.set' }, 'text', '1764000001'] as never[])
const anyValue = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom<unknown>(...anything),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
)
/** A change somewhere in a body: where, by numbers that pick the way down, and what. */
const anyChange = fc.record({
  way: fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }),
  deed: fc.constantFrom('drop', 'set', 'set', 'add', 'double', 'wrap', 'rename'),
  by: anyValue,
})
const anyBody = fc.record({
  picked: fc.array(fc.nat(published.length - 1), { minLength: 1, maxLength: 4 }),
  changes: fc.array(anyChange, { maxLength: 4 }),
})

type Node = Record<string, unknown> | unknown[]
const isNode = (one: unknown): one is Node => typeof one === 'object' && one !== null

function bodyOf({ picked, changes }: typeof anyBody extends fc.Arbitrary<infer T> ? T : never): unknown {
  const entry = { id: waba, time: 1, changes: picked.map((at) => JSON.parse(texts[at] ?? '{}') as unknown) }
  const body: Record<string, unknown> = { object: 'whatsapp_business_account', entry: [entry] }
  for (const change of changes) spoil(body, change)
  return body
}

function spoil(body: Node, { way, deed, by }: { way: number[]; deed: string; by: unknown }): void {
  let node: Node = body
  const keysOf = (of: Node) => Object.keys(of)
  for (const [step, turn] of way.entries()) {
    const keys = keysOf(node)
    const key = keys[turn % Math.max(keys.length, 1)]
    if (key === undefined) return
    const holder = node as Record<string, unknown>
    const child = holder[key]
    if (step < way.length - 1 && isNode(child)) {
      node = child
      continue
    }
    if (deed === 'set') holder[key] = structuredClone(by)
    else if (deed === 'wrap') holder[key] = [child]
    else if (deed === 'double' && Array.isArray(child)) child.push(...(structuredClone(child) as unknown[]))
    else if (deed === 'add') holder[`new_${turn}`] = structuredClone(by)
    else if (deed === 'rename' && !Array.isArray(node)) {
      holder[`${key}2`] = child
      delete holder[key]
    } else if (Array.isArray(node)) node.splice(Number(key), 1)
    else delete holder[key]
    return
  }
}

/** The ids of what is still where messages and statuses stand. */
function idsIn(body: unknown): readonly string[] {
  const many = (one: unknown): unknown[] => (Array.isArray(one) ? one : one === undefined || one === null ? [] : [one])
  const get = (one: unknown, key: string): unknown => (isNode(one) && !Array.isArray(one) ? one[key] : undefined)
  const values = many(get(body, 'entry')).flatMap((entry) => many(get(entry, 'changes')).map((change) => get(change, 'value')))
  const history = values.flatMap((one) => many(get(one, 'history'))).flatMap((one) => many(get(one, 'threads')))
  const told = [
    ...values.flatMap((one) => ['messages', 'message_echoes', 'statuses'].flatMap((part) => many(get(one, part)))),
    ...history.flatMap((thread) => many(get(thread, 'messages'))),
  ]
  return told.map((one) => get(one, 'id')).filter((id): id is string => typeof id === 'string' && id !== '')
}

test('broken bodies never throw, never lose a message, and are read again to the same', { timeout: 600_000 }, () => {
  const told = new Map<string, number>()
  fc.assert(
    fc.property(anyBody, (drawn) => {
      const body = bodyOf(drawn)
      const text = JSON.stringify(body)
      const read = () => reader(facts).read({ stream: 'webhook', key: 'k', body: text })
      const { items, ...rest } = read()
      const written = JSON.stringify(items)
      const lost = idsIn(JSON.parse(text)).filter((id) => !written.includes(JSON.stringify(id).slice(1, -1)))
      // Compared as texts, which is quick.
      const again = read()
      const wrong = [
        ...lost.map((id) => `lost ${id}`),
        ...(JSON.stringify(again) === JSON.stringify({ items, ...rest }) ? [] : ['read otherwise']),
        ...(JSON.stringify(JSON.parse(written)) === written ? [] : ['no JSON']),
      ]
      expect(wrong).toEqual([])
      for (const item of items) told.set(item.type, (told.get(item.type) ?? 0) + 1)
      // What was put aside comes back as what it is.
      const aside = items.flatMap((item) => (item.type === 'dead' || item.type === 'deferred' ? [item.raw] : []))
      const back = reader(facts).read({ stream: 'deferred', key: 'k', body: JSON.stringify(aside) }).items
      expect(back.length).toBeGreaterThanOrEqual(aside.length)
    }),
    { numRuns: bodies },
  )
  // Not all of them were just put aside.
  const kinds = [
    'message',
    'edit',
    'delete',
    'reaction',
    'receipt',
    'conversation',
    'contact',
    'template',
    'ignored',
    'unknown',
    'deferred',
    'dead',
  ]
  expect([...told.keys()]).toEqual(expect.arrayContaining(kinds))
  expect(told.get('message')).toBeGreaterThan(bodies / 4)
})

const facts: Readonly<Record<string, Json>> = {
  ...attached,
  [`chat:${waba}:${olena.user_id}`]: { phone: `+${olena.wa_id}`, user_id: olena.user_id, numbers: [number] },
}

test('whatever stands in a batch of any stream, nothing throws', () => {
  const stream = fc.constantFrom('webhook', 'deferred', 'reread', 'numbers', 'templates')
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    anyBody.map((drawn) => JSON.stringify([bodyOf(drawn)])),
  )
  fc.assert(
    fc.property(stream, text, (name, body) => {
      expect(() => reader(facts).read({ stream: name, key: 'k', body })).not.toThrow()
    }),
    { numRuns: 1_000 },
  )
})
