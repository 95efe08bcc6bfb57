import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChannelId } from '../../contract/ids.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, findMessage, inboxOf, linkByQr, settled } from '../support/inbox.ts'
import { openWorld, type World } from '../support/world.ts'

const ours = '+380501110001'
const stranger = '+380671110001'
const hidden = '+380671110002'
// Such numbers are not on the sandbox's WhatsApp.
const nobody = '+380671100000'

/** Chats that we begin: by number, by contact, and with the first message in one call. */
describe.each([
  { road: 'by our application service', registered: true, intake: 'push_and_sync' as const },
  { road: 'by the admin’s means and sync alone', registered: false, intake: 'sync' as const },
])('$road', { timeout: 120_000 }, ({ registered, intake }) => {
  let world: World
  let admin: Person
  let channel: ChannelId

  beforeAll(async () => {
    world = await openWorld({ registered, intake, timeScale: 0.05 })
    const account = { email: 'admin@example.org', name: 'Admin', password: 'a password of the first admin' }
    admin = await signIn(world.product.url, { ...account, setup_token: await world.product.setupToken() })
    await admin.call('saveMatrixSystemConfig', { body: world.settings })
    channel = (await linkByQr(world, admin, ours)).channel_id as ChannelId
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('two calls at the same moment begin one chat, and what comes in it later is there', async () => {
    const whom = { body: { phone_number: stranger } }
    const [one, two] = await Promise.all([admin.call('createConversation', whom), admin.call('createConversation', whom)])
    expect(one).toMatchObject({ id: two.id, type: 'direct', channel_id: channel, contact: { phone: stranger, conversation_ids: [one.id] } })
    expect(await admin.call('createConversation', { body: { contact_id: one.contact!.id } })).toMatchObject({ id: one.id })
    await world.phones.write(stranger, { to: ours, type: 'text', text: 'Хто це?' })
    await waitFor(async () => (await inboxOf(admin)).some((message) => 'text' in message && message.text === 'Хто це?'), {
      what: 'the answer',
    })
    await settled(admin)
    const chats = await conversationsOf(admin)
    expect(chats.map((chat) => chat.id)).toEqual([one.id])
    expect(chats[0]).toMatchObject({ contact: { id: one.contact!.id }, unread_count: 1 })
  })

  test('a message by number reaches the phone, and the same key sends it once', async () => {
    const message = await admin.call('sendMessageTo', { body: { to: '+38 (067) 111-00-02', text: 'Ваше замовлення готове' } })
    const sent = await waitFor(
      async () => {
        const now = await findMessage(admin, message)
        return now?.status === 'delivered' && now
      },
      { what: 'delivery', timeout: 30_000 },
    )
    expect(sent).toMatchObject({ direction: 'outbound', origin: 'inbox', sender: { is_me: true } })
    expect((await world.phones.received(hidden)).map((one) => one.text)).toEqual(['Ваше замовлення готове'])
    const chat = await admin.call('getConversation', { params: { conversation_id: message.conversation_id } })
    expect(chat.contact).toMatchObject({ phone: hidden, addresses: expect.arrayContaining([expect.objectContaining({ type: 'hidden' })]) })
    const again = await admin.call('sendMessageTo', { body: { contact_id: chat.contact!.id, text: 'Ще одне' } })
    expect(again.conversation_id).toBe(chat.id)
  })

  test('who is not on WhatsApp cannot be reached, and nothing is made of it', async () => {
    const ids = async () => (await conversationsOf(admin)).map((chat) => chat.id)
    const before = await ids()
    expect(await admin.refused('createConversation', { body: { phone_number: nobody } })).toMatchObject({
      status: 422,
      code: 'recipient_unreachable',
    })
    expect(await admin.refused('sendMessageTo', { body: { to: nobody, text: 'hello' } })).toMatchObject({
      status: 422,
      code: 'recipient_unreachable',
    })
    const { id } = await admin.call('upsertContact', { body: { external_id: 'crm-1', name: 'Without a phone' } })
    expect(await admin.refused('createConversation', { body: { contact_id: id } })).toMatchObject({
      status: 422,
      code: 'recipient_unreachable',
    })
    expect(await ids()).toEqual(before)
  })

  test.each([
    ['nobody', {}, '/phone_number'],
    ['two', { phone_number: stranger, contact_id: 'con_1' as never }, '/contact_id'],
    ['a national number', { phone_number: '0671110001' }, '/phone_number'],
    ['a contact that is not there', { contact_id: 'con_1' as never }, '/contact_id'],
    ['a number of ours that is not there', { phone_number: stranger, channel_id: 'chn_1' as never }, '/channel_id'],
  ])('%s is refused with the field', async (_, body, pointer) => {
    const problem = await admin.refused('createConversation', { body })
    expect([problem.status, problem.errors?.[0]?.pointer]).toEqual([400, pointer])
  })

  test('what fits no message begins no chat', async () => {
    const body = { to: '+380671110007', type: 'image' as const, text: 'no picture' }
    expect(await admin.refused('sendMessageTo', { body })).toMatchObject({ status: 400, errors: [{ pointer: '/attachments' }] })
    expect((await conversationsOf(admin)).some((chat) => chat.contact?.phone === '+380671110007')).toBe(false)
  })

  test('without the address of the bridge it is said in words', async () => {
    const { bridge_url: _, ...settings } = world.settings
    await admin.call('saveMatrixSystemConfig', { body: settings })
    const problem = await admin.refused('createConversation', { body: { phone_number: '+380671110008' } })
    expect(problem).toMatchObject({ status: 422, code: 'unsupported' })
    expect(problem.detail).toContain('address')
    // Who is there already is found without it.
    expect((await admin.call('createConversation', { body: { phone_number: stranger } })).contact?.phone).toBe(stranger)
    await admin.call('saveMatrixSystemConfig', { body: world.settings })
  })

  test('a number that was unlinked begins nothing', async () => {
    await world.phones.act(ours, 'unlink').catch(() => undefined)
    await admin.call('disconnectWhatsapp', { params: { user_id: 'me' }, body: {} })
    expect(await admin.refused('createConversation', { body: { phone_number: '+380671110008' } })).toMatchObject({ status: 409 })
  })
})
