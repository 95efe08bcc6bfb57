import { expect, test } from 'vitest'
import { lookedUpBatch } from '../tasks.ts'
import { attached, delivery, number, reader, value, waba } from '../testing.ts'
import type { ExternalId } from '../../../../contract/ids.ts'

const word = (field: string, told: object) => reader().read(delivery({ field, value: told }))
const of = { message_template_id: 594425479261596, message_template_name: 'hi', message_template_language: 'uk' }

test.each([
  ['message_template_status_update', { event: 'PAUSED', reason: 'LOW_QUALITY', ...of }, { status: 'paused', reason: 'LOW_QUALITY' }],
  ['message_template_status_update', { event: 'APPROVED', reason: 'NONE', ...of }, { status: 'approved' }],
  [
    'message_template_status_update',
    { event: 'REJECTED', reason: 'NONE', rejection_info: { reason: 'Bad' }, ...of },
    { status: 'rejected', reason: 'Bad' },
  ],
  ['message_template_status_update', { event: 'PENDING_DELETION', ...of }, { removed: true }],
  ['message_template_quality_update', { previous_quality_score: 'GREEN', new_quality_score: 'YELLOW', ...of }, { quality: 'yellow' }],
  ['template_category_update', { previous_category: 'UTILITY', new_category: 'MARKETING', ...of }, { category: 'marketing' }],
])('%s is news of the template, which is then looked up', (field, told, news) => {
  expect(word(field, told)).toMatchObject({
    items: [{ type: 'template', account: waba, template: { id: '594425479261596', ...news } }],
    tasks: [{ kind: 'templates', account: waba }],
  })
})

test('a template’s id that no double holds is kept as it is written', () => {
  const batch = {
    stream: 'webhook',
    key: 'k',
    body: JSON.stringify({
      entry: [{ id: waba, changes: [{ field: 'message_template_status_update', value: { event: 'DISABLED', ...of } }] }],
    }).replace('594425479261596', '90071992547409931'),
  }
  expect(reader().read(batch).items).toMatchObject([{ template: { id: '90071992547409931', status: 'disabled' } }])
})

test('what may have been changed by a word of the account is looked up', () => {
  expect(word('message_template_components_update', { ...of, message_template_element: 'x' })).toMatchObject({
    items: [{ type: 'ignored' }],
    tasks: [{ kind: 'templates' }],
  })
  for (const field of [
    'account_update',
    'phone_number_quality_update',
    'account_alerts',
    'business_capability_update',
    'security',
    'business_username_updates',
  ])
    expect(word(field, { event: 'X', display_phone_number: '1' })).toMatchObject({
      items: [{ type: 'ignored', networkType: `${field}.X` }],
      tasks: [{ kind: 'numbers' }],
    })
})

test('a field that we know nothing of is kept as it came, as one thing however often it comes', () => {
  const told = () => word('hologram_update', { id: '7', what: { is: 'new' } }).items
  expect(told()).toMatchObject([
    { type: 'unknown', networkType: 'hologram_update', raw: { waba, field: 'hologram_update', value: { id: '7' } } },
  ])
  expect(told()).toEqual(told())
})

test('what is only counted', () => {
  const types = (field: string, told: object) =>
    word(field, told).items.map((item) => (item.type === 'ignored' ? item.networkType : item.type))
  expect(types('messages', value({ errors: [{ code: 130429, title: 'Rate limit hit' }] }))).toEqual(['errors.130429'])
  expect(types('messages', value({ user_actions: [{ action_type: 'marketing_messages_link_click', timestamp: '1' }] }))).toEqual([
    'user_actions.marketing_messages_link_click',
  ])
  expect(
    types('user_preferences', { user_preferences: [{ wa_id: '1', category: 'marketing_messages', value: 'stop', timestamp: 1 }] }),
  ).toEqual(['user_preferences'])
})

test('the answers to our own questions: the states of our numbers, and every template', () => {
  const at = '2026-11-22T10:00:00.000Z'
  const states = [
    { id: number, display_phone_number: '+1 555-078-3881', verified_name: 'Shop', status: 'RESTRICTED' },
    { id: '999', display_phone_number: '+1 555-078-9999', status: 'CONNECTED' },
    'nothing',
  ]
  expect(reader(attached).read(lookedUpBatch('numbers', waba as ExternalId, at, states)).items).toMatchObject([
    { type: 'channel', channel: number, at, status: 'restricted', detail: expect.stringContaining('restricted') },
    { type: 'ignored' },
  ])
  const template = {
    id: '5',
    name: 'order',
    language: 'uk',
    category: 'UTILITY',
    status: 'APPROVED',
    quality_score: { score: 'GREEN' },
    rejected_reason: 'NONE',
    components: [
      { type: 'HEADER', format: 'IMAGE' },
      { type: 'BODY', text: 'Hi {{ name }}, {{order}} and {{name}}' },
      { type: 'FOOTER', text: 'Bye' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'Yes' },
          { type: 'URL', text: 'Track', url: 'https://x.org/{{1}}' },
          { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+380' },
          { type: 'COPY_CODE', text: 'Copy' },
          { type: 'HOLOGRAM', text: 'New' },
        ],
      },
      { type: 'CAROUSEL', cards: [] },
    ],
  }
  const button = (format: string, text: string, variables: string[] = [], more = {}) => ({
    part: 'button',
    format,
    text,
    variables,
    ...more,
  })
  expect(
    reader().read(
      lookedUpBatch('templates', waba as ExternalId, at, [template, { id: '6' }, { ...template, id: '7', status: 'NEW', components: 'x' }]),
    ).items,
  ).toEqual([
    {
      type: 'templates',
      account: waba,
      templates: [
        {
          id: '5',
          name: 'order',
          language: 'uk',
          category: 'utility',
          status: 'approved',
          quality: 'green',
          components: [
            { part: 'header', format: 'image', text: '', variables: [] },
            { part: 'body', format: 'text', text: 'Hi {{ name }}, {{order}} and {{name}}', variables: ['name', 'order'] },
            { part: 'footer', format: 'text', text: 'Bye', variables: [] },
            button('quick_reply', 'Yes'),
            button('url', 'Track', ['1'], { target: 'https://x.org/{{1}}' }),
            button('phone_number', 'Call', [], { target: '+380' }),
            button('copy_code', 'Copy', ['code']),
            button('other', 'New'),
            { part: 'header', format: 'other', text: 'CAROUSEL', variables: [] },
          ],
        },
        expect.objectContaining({ id: '7', status: 'pending', components: [] }),
      ],
    },
  ])
})
