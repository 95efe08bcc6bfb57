import { expect, test } from 'vitest'
import { parsePlace, placeAddress, placeOf } from './router.ts'

const all = { view: 'all', q: '', unread: false }

test.each([
  ['/inbox', {}, '', all],
  ['/inbox/cnv_1', { view: 'cnv_1' }, '', { ...all, id: 'cnv_1' }],
  ['/inbox/mine', { view: 'mine' }, '', { ...all, view: 'mine' }],
  ['/inbox/mine/cnv_1?m=msg_2', { view: 'mine', id: 'cnv_1' }, 'm=msg_2', { ...all, view: 'mine', id: 'cnv_1', message: 'msg_2' }],
  ['/inbox?unread=1&number=chn_1', {}, 'unread=1&number=chn_1', { ...all, unread: true, number: 'chn_1' }],
  ['/inbox?label=VIP+2&assignee=usr_1', {}, 'label=VIP+2&assignee=usr_1', { ...all, label: 'VIP 2', assignee: 'usr_1' }],
  ['/inbox/closed?q=%D1%84%D0%B0%D1%80%D0%B1%D0%B0', { view: 'closed' }, 'q=фарба', { ...all, view: 'closed', q: 'фарба' }],
])('%s is read and written', (address, parts, search, place) => {
  const parsed = parsePlace(parts, search)
  expect(JSON.parse(JSON.stringify(parsed))).toEqual(place)
  expect(placeAddress(parsed)).toBe(address)
})

test('the place of an address is known before anything is drawn', () => {
  expect(placeOf({ pathname: '/inbox/mine/cnv_1', search: '?unread=1' })).toMatchObject({ view: 'mine', id: 'cnv_1', unread: true })
  expect(placeOf({ pathname: '/inbox', search: '' })).toMatchObject(all)
  expect(placeOf({ pathname: '/settings/people', search: '' })).toBeUndefined()
})

test.each([
  [{ view: 'nothing' }, ''],
  [{ view: 'all', id: 'usr_1' }, ''],
  [{}, 'm=cnv_1&number=1&assignee=me&unread=yes'],
])('what is unknown in %j?%s is left out', (parts, search) => {
  expect(placeAddress(parsePlace(parts, search))).toBe('/inbox')
})
