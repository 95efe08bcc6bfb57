import { expect, test } from 'vitest'
import type { ExternalId } from '../../../../contract/ids.ts'
import { lookedUpBatch } from '../tasks.ts'
import { attached, delivery, from, number, reader, waba } from '../testing.ts'
import { appDataKey, heardKey, numberKey } from './facts.ts'

const batch = (...found: readonly object[]) => lookedUpBatch('app', waba as ExternalId, '2026-11-23T12:00:00.000Z', found)
const inApp = batch({ id: number, is_on_biz_app: true })
const kinds = ({ tasks }: { readonly tasks: readonly { readonly kind: string }[] }) => tasks.map(({ kind }) => kind)
const unheard = { [numberKey(number)]: { account: waba } }

test('what the app of a number has is asked for once, when it would reach us', () => {
  const { read, facts } = reader(unheard)
  expect(kinds(read(inApp))).toEqual([])
  const hello = delivery(from({ type: 'text', text: { body: 'hello' } }))
  expect(kinds(read(hello))).toContain('app_numbers')
  expect(facts.get(heardKey(waba))).toBe(true)
  expect(kinds(read(hello))).not.toContain('app_numbers')
  // Until it was answered, whoever looks again asks again: the task is one.
  for (let times = 0; times < 2; times += 1)
    expect(read(inApp).tasks).toEqual([{ kind: 'app_data', key: number, account: waba, payload: { number } }])
  read(batch({ id: number, answers: { smb_app_state_sync: 'asked', history: 'asked' } }))
  expect(facts.get(appDataKey(number))).toEqual({ smb_app_state_sync: 'asked', history: 'asked' })
  expect(kinds(read(inApp))).toEqual([])
})

test('what is no answer of ours is dead, and what no delivery is shows nothing', () => {
  const { read, facts } = reader(attached)
  expect(read({ stream: 'app', key: 'k', body: '{' }).items).toMatchObject([{ type: 'dead' }])
  expect(read(batch({ id: 5, is_on_biz_app: 'yes' }, {})).tasks).toEqual([])
  const other = reader(unheard)
  other.read({ stream: 'webhook', key: 'k', body: 'no JSON' })
  expect([facts.has(heardKey(waba)), other.facts.has(heardKey(waba))]).toEqual([true, false])
})
