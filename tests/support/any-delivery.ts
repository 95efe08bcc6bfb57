import fc from 'fast-check'
import { from, metadata, olena, ourPhone, value, waba, when } from '../../server/providers/cloud/testing.ts'

/** What tests that break deliveries of the Cloud API share: one of every kind, and what may happen to it. */
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
/** A change at any place of a body: which one of all, and what. */
const anyChange = fc.record({
  place: fc.nat(1_000_000),
  deed: fc.constantFrom('drop', 'set', 'set', 'add', 'double', 'wrap', 'rename'),
  by: anyValue,
})
/** Some deliveries in one body, broken here and there. */
export const anyDelivery = fc
  .record({
    picked: fc.array(fc.nat(published.length - 1), { minLength: 1, maxLength: 4 }),
    changes: fc.array(anyChange, { maxLength: 4 }),
  })
  .map(bodyOf)

export type Node = Record<string, unknown> | unknown[]
export const isNode = (one: unknown): one is Node => typeof one === 'object' && one !== null

interface Drawn {
  readonly picked: readonly number[]
  readonly changes: readonly { place: number; deed: string; by: unknown }[]
}

function bodyOf({ picked, changes }: Drawn): unknown {
  const entry = { id: waba, time: 1, changes: picked.map((at) => JSON.parse(texts[at] ?? '{}') as unknown) }
  const body: Record<string, unknown> = { object: 'whatsapp_business_account', entry: [entry] }
  for (const change of changes) spoil(body, change)
  return body
}

function spoil(body: Node, { place, deed, by }: Drawn['changes'][number]): void {
  const all = placesIn(body)
  const [node, key] = all[place % all.length] ?? [body, 'entry']
  const holder = node as Record<string, unknown>
  const child = holder[key]
  if (deed === 'set') holder[key] = structuredClone(by)
  else if (deed === 'wrap') holder[key] = [child]
  else if (deed === 'double' && Array.isArray(child)) child.push(...(structuredClone(child) as unknown[]))
  else if (deed === 'add' && !Array.isArray(node)) holder[`new_${place % 10}`] = structuredClone(by)
  else if (deed === 'rename' && !Array.isArray(node)) {
    holder[`${key}2`] = child
    delete holder[key]
  } else if (Array.isArray(node)) node.splice(Number(key), 1)
  else delete holder[key]
}

/** Every member of every object and list below this one, by who holds it. */
function placesIn(node: Node): readonly (readonly [Node, string])[] {
  return Object.entries(node).flatMap(([key, child]) => [[node, key] as const, ...(isNode(child) ? placesIn(child) : [])])
}
