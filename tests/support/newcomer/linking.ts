import { expect } from 'vitest'
import type { Message } from '../../../contract/message.ts'
import { waitFor } from '../../e2e/wait.ts'
import { callPublic, refusedPublic, signIn } from '../api-client.ts'
import { conversationsOf, finished, messagesOf } from '../inbox.ts'
import { channelWhen, olena, ours, petro, type Story } from './story.ts'

const account = { email: 'admin@example.org', name: 'Адміністраторка', password: 'a password of the first admin' }

export async function makeFirstAdmin(story: Story): Promise<void> {
  const { product } = story.world
  expect(await callPublic(product.url, 'getSetup')).toEqual({ needed: true })
  const setup_token = await product.setupToken()
  const wrong = await refusedPublic(product.url, 'setup', { body: { ...account, setup_token: 'not the token' } })
  expect(wrong).toMatchObject({ status: 401, code: 'invalid_credentials' })
  story.admin = await signIn(product.url, { ...account, setup_token: await product.setupToken() })
  expect(story.admin.user.role).toBe('admin')
  const late = await refusedPublic(product.url, 'setup', { body: { ...account, setup_token } })
  expect(late).toMatchObject({ status: 409, code: 'conflict' })
  expect(await callPublic(product.url, 'getSetup')).toEqual({ needed: false })
  story.stream = await story.admin.follow()
  story.beginning = story.stream.cursor()
}

/** Two chats that are older than the linking. */
export async function giveHistory({ world: { phones } }: Story): Promise<void> {
  const at = (hour: number) => `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`
  const chats = [
    {
      with: olena,
      name: 'Олена Коваль',
      messages: [
        { sent_at: at(9), text: 'Ви працюєте в суботу?', read: true },
        { sent_at: at(10), text: 'Так, до 15:00', from_me: true },
        { sent_at: at(11), text: 'Дякую!', read: false },
      ],
    },
    { with: petro, name: 'Петро Мельник', messages: [{ sent_at: at(12), text: 'Добрий день', read: true }] },
  ]
  await phones.act(ours, 'history', { chats })
}

export async function linkPhone(story: Story): Promise<void> {
  const { admin, stream, world } = story
  const params = { user_id: 'me' }
  const first = await admin.call('connectWhatsapp', { params, body: { name: 'Мій телефон' } })
  expect(first).toMatchObject({ status: 'show_qr', method: 'qr', qr: { number: 1, of: 6 } })
  expect(first.qr?.svg).toContain('<svg')
  const second = await waitFor(
    async () => {
      const { qr } = await admin.call('getWhatsappLogin', { params, query: { wait: 25 } })
      return qr !== undefined && qr.number > 1 && qr
    },
    { what: 'the next QR', timeout: 60_000 },
  )
  expect(second.data).not.toBe(first.qr?.data)
  await expect(world.phones.act(ours, 'scan', { data: first.qr?.data }), 'an old code is not good any more').rejects.toThrow('400')
  await stream.until('login.updated', 'the next QR', ({ qr }) => qr?.data === second.data)
  await scanNewest(story, ours)
  const login = await finished(admin)
  expect(login).toMatchObject({ status: 'connected', channel_id: expect.any(String) })
  expect(login).not.toHaveProperty('qr')
  await stream.until('login.updated', 'the end of linking', ({ id, status }) => id === login.id && status === 'connected')
  story.channel = await channelWhen(story, ours, 'connected')
  expect(story.channel).toMatchObject({
    id: login.channel_id,
    name: 'Мій телефон',
    access: 'personal',
    owner_id: admin.user.id,
    road: 'matrix',
  })
}

/** Scans whatever is the newest code: one that was read a moment ago may have run out. */
async function scanNewest({ admin, world }: Story, phone: string): Promise<void> {
  const scan = async () => {
    const { qr } = await admin.call('getWhatsappLogin', { params: { user_id: 'me' } })
    if (qr === undefined) throw new Error('there is no QR to scan')
    return world.phones.act(phone, 'scan', { data: qr.data }).then(
      () => true,
      () => false,
    )
  }
  await waitFor(scan, { what: 'the phone to scan a QR', timeout: 60_000 })
}

export async function seeHistory(story: Story): Promise<void> {
  const { admin, stream } = story
  const look = async () => {
    const found = await conversationsOf(admin)
    const counts = await Promise.all(found.map(async (conversation) => (await messagesOf(admin, conversation)).length))
    return counts.reduce((sum, count) => sum + count, 0) >= 4 && found
  }
  const conversations = await waitFor(look, { what: 'the history of two chats', timeout: 60_000 })
  // The list goes by the latest message.
  expect(conversations.map(({ name }) => name)).toEqual(['Петро Мельник', 'Олена Коваль'])
  expect(conversations.map(({ unread_count }) => unread_count)).toEqual([0, 0])
  story.olena = conversations[1]!
  const said = (await messagesOf(admin, story.olena)).map(({ text, direction, origin, sent_at }: Message & { text?: string }) => ({
    text,
    direction,
    origin,
    sent_at,
  }))
  expect(said).toEqual([
    { text: 'Ви працюєте в суботу?', direction: 'inbound', origin: 'history', sent_at: '2026-11-20T09:00:00.000Z' },
    { text: 'Так, до 15:00', direction: 'outbound', origin: 'history', sent_at: '2026-11-20T10:00:00.000Z' },
    { text: 'Дякую!', direction: 'inbound', origin: 'history', sent_at: '2026-11-20T11:00:00.000Z' },
  ])
  await stream.until('message.created', 'the last of the history', ({ sent_at }) => sent_at === '2026-11-20T12:00:00.000Z')
}
