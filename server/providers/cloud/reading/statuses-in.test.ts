import { expect, test } from 'vitest'
import { at, delivery, from, number, olena, reader, value, waba, when } from '../testing.ts'

const attempt = '0197f0c0-0000-7000-8000-000000000001'
function told(status: object) {
  const inbox = reader()
  inbox.read(delivery(from({ type: 'text', text: { body: 'x' } })))
  const one = { id: 'wamid.out', status: 'delivered', timestamp: when, recipient_id: olena.wa_id, ...status }
  return inbox.read(delivery({ value: value({ statuses: [one] }) })).items
}
const receipt = { type: 'receipt', channel: number, conversation: olena.user_id, at, target: 'wamid.out', upTo: false }

test.each(['sent', 'delivered', 'read', 'played'])('%s is how far it has come, and whose it is', (state) => {
  expect(told({ status: state, biz_opaque_callback_data: attempt, pricing: { category: 'service' } })).toEqual([
    { ...receipt, attempt, state },
  ])
})

test('what somebody else sends from our number is not taken for ours', () => {
  expect(told({ biz_opaque_callback_data: 'campaign 7' })).toEqual([{ ...receipt, state: 'delivered' }])
})

test.each([
  [131047, 'window_closed', true, /template/],
  [131026, 'recipient_unreachable', true, /another way/],
  [131049, 'rate_limited', true, /a day/],
  [131050, 'recipient_unreachable', false, /stopped/],
  [132015, 'provider_rejected', false, /Choose another/],
  [131053, 'unsupported_media_type', true, /document/],
  [137000, 'provider_rejected', false, /who it is/],
  [130472, 'provider_rejected', false, /Do not/],
  [131042, 'channel_not_connected', true, /payment/],
  [999999, 'provider_rejected', false, /999999: details/],
  ['131047', 'window_closed', true, /template/],
  [undefined, 'provider_rejected', false, /refused/],
])('failed by %s is %s', (code, ours, retryable, words) => {
  const errors = [{ code, title: 'title', message: 'message', error_data: { details: 'details' } }]
  expect(told({ status: 'failed', errors })).toEqual([
    {
      ...receipt,
      state: 'failed',
      error: {
        code: ours,
        ...(code === undefined ? {} : { network_code: String(code) }),
        retryable,
        certain: true,
        detail: expect.stringMatching(words),
      },
    },
  ])
})

test('a failure without a reason is one', () => {
  expect(told({ status: 'failed' })).toMatchObject([{ state: 'failed', error: { code: 'provider_rejected', certain: true } }])
  expect(told({ status: 'failed', errors: [{ code: 131047, error_data: 'as a text' }] })).toMatchObject([
    { error: { detail: expect.stringContaining('as a text') } },
  ])
})

test('a state that we do not know is kept', () => {
  expect(told({ status: 'teleported' })).toMatchObject([
    { type: 'unknown', networkType: 'status.teleported', id: 'wamid.out.teleported', raw: { waba } },
  ])
})

test('a status in a group is of the group; one that names nobody is still of its message', () => {
  const group = { recipient_type: 'group', recipient_id: 'grp1' }
  expect(told(group)).toEqual([{ ...receipt, conversation: 'grp1', state: 'delivered' }])
  expect(told({ ...group, recipient_participant_id: olena.wa_id })).toMatchObject([
    { conversation: 'grp1', state: 'delivered', from: { id: olena.user_id, phone: `+${olena.wa_id}` } },
  ])
  expect(told({ recipient_id: undefined })).toMatchObject([{ target: 'wamid.out', state: 'delivered' }])
})

test('of a call nothing is a tick', () => {
  expect(told({ type: 'call', status: 'RINGING' })).toEqual([{ type: 'ignored', networkType: 'call.status' }])
})
