import { expect, test } from 'vitest'
import { newChatsFrom } from './new-chats-from.ts'

test.each([
  ['connected', undefined, undefined],
  ['connected', 'since 2026-12-01', undefined],
  ['restricted', 'WhatsApp allows no new chats until 2026-12-01T10:00:00Z', '2026-12-01T10:00:00Z'],
  ['restricted', 'WhatsApp allows no new chats until 2026-12-01T10:00:00.5+02:00', '2026-12-01T10:00:00.5+02:00'],
  ['restricted', 'WhatsApp allows no new chats until 2026-12-01', '2026-12-01'],
  ['restricted', 'WhatsApp allows no new chats until 2026-99-99', ''],
  ['restricted', undefined, ''],
] as const)('%s, %s: %s', (status, status_detail, expected) => {
  expect(newChatsFrom({ status, ...(status_detail === undefined ? {} : { status_detail }) })).toBe(expected)
})
