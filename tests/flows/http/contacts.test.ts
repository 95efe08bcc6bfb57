import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Contact } from '../../../contract/contact.ts'
import type { ChannelId } from '../../../contract/ids.ts'
import { waitFor } from '../../e2e/wait.ts'
import { addChannel, addChat, addMessage, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let admin: Person
let agent: Person
let owner: Person
let shared: ChannelId
let personal: ChannelId
let start: string

beforeAll(async () => {
  http = await openTestHttp()
  admin = await http.signedIn('admin', 'admin')
  agent = await http.signedIn('agent', 'agent')
  owner = await http.signedIn('owner', 'agent')
  shared = await addChannel(http.db)
  personal = await addChannel(http.db, { access: 'personal', owner: owner.id })
  start = await http.feed.now()
})
afterAll(() => http.close())

const call = (who: Person, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
  http.app.inject({ method, url: `/api/v1/contacts${path}`, headers: who.headers, ...(payload === undefined ? {} : { payload }) })
const enter = async (payload: object, who = agent) => {
  const answer = await call(who, 'POST', '', payload)
  return { status: answer.statusCode, contact: answer.json() as Contact, problem: answer.json() }
}
const events = async (who: Person, type: string) => {
  const { items } = (await http.app.inject({ url: `/api/v1/events?limit=200&types=${type}&after=${start}`, headers: who.headers })).json()
  return items as { data: Contact }[]
}
const addAddress = (contact: string, type: 'phone' | 'matrix' | 'hidden', value: string) =>
  http.db
    .insertInto('contact_addresses')
    .values({ type, value, contact_id: contact as never, created_at: new Date() })
    .execute()

describe('entering', () => {
  test('a number is one contact however it is written, and the second time it is changed', async () => {
    const first = await enter({ phone: '+38 (050) 111-22-33', name: 'Olena', metadata: { tier: 'gold' } })
    expect([first.status, first.contact]).toEqual([
      201,
      {
        id: expect.stringMatching(/^con_/),
        name: 'Olena',
        phone: '+380501112233',
        addresses: [{ type: 'phone', value: '+380501112233', source: 'entered' }],
        metadata: { tier: 'gold' },
        conversation_ids: [],
      },
    ])
    const second = await enter({ phone: '380501112233', external_id: 'crm-1', metadata: { tier: 'silver' } })
    expect([second.status, second.contact]).toMatchObject([
      200,
      { id: first.contact.id, name: 'Olena', external_id: 'crm-1', metadata: { tier: 'silver' } },
    ])
    const third = await enter({ external_id: 'crm-1', name: 'Olena K.', username: 'olena' })
    expect([third.status, third.contact]).toMatchObject([
      200,
      { id: first.contact.id, name: 'Olena K.', phone: '+380501112233', username: 'olena' },
    ])
  })

  test('what names two contacts is refused with the field', async () => {
    await enter({ phone: '+380502220001', external_id: 'crm-a' })
    await enter({ phone: '+380502220002', external_id: 'crm-b' })
    const both = await enter({ phone: '+380502220002', external_id: 'crm-a' })
    expect([both.status, both.problem.code, both.problem.errors[0].pointer]).toEqual([409, 'conflict', '/phone'])
    const other = await enter({ phone: '+380502220002', external_id: 'crm-c' })
    expect([other.status, other.problem.errors[0].pointer]).toEqual([409, '/external_id'])
  })

  test.each([
    [{ name: 'Nobody' }, '/external_id'],
    [{ phone: '0501112233' }, '/phone'],
  ])('%j is refused', async (payload, pointer) => {
    const { status, problem } = await enter(payload)
    expect([status, problem.errors[0].pointer]).toEqual([400, pointer])
  })

  test('many at the same moment make one contact', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => enter({ phone: '+380503330001', external_id: 'race' })))
    expect(new Set(answers.map((answer) => answer.contact.id)).size).toBe(1)
    expect(answers.filter((answer) => answer.status === 201).length).toBe(1)
  })

  test('a contact whom only somebody else talks to is entered without telling of them', async () => {
    const { id, contact } = await addChat(http.db, personal, { name: 'Secret friend', texts: ['hush'] })
    await addAddress(contact, 'phone', '+380504440001')
    expect((await call(agent, 'GET', `/${contact}`)).statusCode).toBe(404)
    expect((await call(owner, 'GET', `/${contact}`)).json().conversation_ids).toEqual([id])
    const entered = await enter({ phone: '+380504440001', name: 'Customer' })
    expect([entered.status, entered.contact.conversation_ids]).toEqual([201, []])
    expect((await call(owner, 'GET', `/${contact}`)).json()).toMatchObject({ name: 'Customer', conversation_ids: [id] })
  })
})

describe('finding', () => {
  test('by phone, external id, name and part of the number', async () => {
    const { contact } = await enter({ phone: '+380505550001', external_id: 'find-me', name: 'Софія Знайда' })
    for (const query of [
      'phone=%2B380505550001',
      'phone=+380505550001',
      'external_id=find-me',
      'q=%D0%B7%D0%BD%D0%B0%D0%B9%D0%B4',
      'q=5550001',
      'q=%2B38050555',
    ])
      expect((await call(agent, 'GET', `?${query}`)).json().items.map((item: Contact) => item.id)).toEqual([contact.id])
    for (const query of ['phone=%2B380505550009', 'external_id=nobody', 'q=nobody'])
      expect((await call(agent, 'GET', `?${query}`)).json()).toEqual({ items: [], has_more: false })
    expect((await call(agent, 'GET', '?phone=0505550001')).json().errors[0].pointer).toBe('/query/phone')
  })

  test('page by page, each once', async () => {
    for (let n = 0; n < 5; n += 1) await enter({ external_id: `paged-${n}`, name: `Paged ${n}` })
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const page = (await call(agent, 'GET', `?q=paged&limit=2${cursor}`)).json()
      seen.push(...page.items.map((item: Contact) => item.name))
      if (!page.has_more) break
      cursor = `&cursor=${page.next_cursor}`
    }
    expect(seen).toEqual(['Paged 4', 'Paged 3', 'Paged 2', 'Paged 1', 'Paged 0'])
  })

  test('who wrote in a group is known to those who see the group', async () => {
    const group = await addChat(http.db, personal, { name: 'Group' })
    const { contact } = await addChat(http.db, personal, { name: 'Member' })
    await http.db.updateTable('conversations').set({ type: 'group', contact_id: null }).where('id', '=', group.id).execute()
    await http.db.updateTable('conversations').set({ contact_id: null }).where('contact_id', '=', contact).execute()
    const statuses = async () => [
      (await call(owner, 'GET', `/${contact}`)).statusCode,
      (await call(agent, 'GET', `/${contact}`)).statusCode,
    ]
    expect(await statuses()).toEqual([404, 404])
    await http.db.insertInto('participants').values({ contact_id: contact, conversation_id: group.id }).execute()
    expect(await statuses()).toEqual([200, 404])
  })
})

describe('changing', () => {
  test('fields are set, kept and cleared', async () => {
    const { contact } = await enter({ phone: '+380506660001', external_id: 'change', name: 'Before', metadata: { a: '1' } })
    const changed = await call(agent, 'PATCH', `/${contact.id}`, { name: 'After', phone: '+380506660002', username: 'after' })
    expect(changed.json()).toMatchObject({
      name: 'After',
      phone: '+380506660002',
      username: 'after',
      external_id: 'change',
      metadata: { a: '1' },
      addresses: [{ type: 'phone', value: '+380506660002', source: 'entered' }],
    })
    const cleared = (await call(agent, 'PATCH', `/${contact.id}`, { phone: null, username: null, external_id: null, metadata: {} })).json()
    expect(cleared).toEqual({ id: contact.id, name: 'After', addresses: [], metadata: {}, conversation_ids: [] })
  })

  test('what belongs to another contact is refused', async () => {
    const { contact } = await enter({ external_id: 'poor' })
    await enter({ phone: '+380506670001', external_id: 'rich' })
    for (const [patch, pointer] of [
      [{ phone: '+380506670001' }, '/phone'],
      [{ external_id: 'rich' }, '/external_id'],
    ] as const) {
      const answer = await call(agent, 'PATCH', `/${contact.id}`, patch)
      expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([409, pointer])
    }
  })

  test('the chat of a contact that was named here carries that name', async () => {
    const { id, contact } = await addChat(http.db, shared, { name: 'network name', texts: ['hello'] })
    await http.db.updateTable('conversations').set({ name: 'network name' }).where('id', '=', id).execute()
    await call(agent, 'PATCH', `/${contact}`, { name: 'Our name' })
    const chat = (await http.app.inject({ url: `/api/v1/communications/conversations/${id}`, headers: agent.headers })).json()
    expect([chat.name, chat.contact.name]).toEqual(['Our name', 'Our name'])
  })
})

describe('merging', () => {
  test('joins chats, addresses and words, and can be undone', async () => {
    const chat = await addChat(http.db, shared, { name: 'Hidden', texts: ['from the hidden one'] })
    await addAddress(chat.contact, 'hidden', '123456789@lid')
    const { contact: known } = await enter({ phone: '+380507770001', external_id: 'crm-known', name: 'Known' })
    const merged = (await call(agent, 'POST', `/${chat.contact}/merge`, { contact_id: known.id })).json()
    expect(merged).toMatchObject({
      id: chat.contact,
      name: 'Known',
      phone: '+380507770001',
      external_id: 'crm-known',
      conversation_ids: [chat.id],
      merged_ids: [known.id],
    })
    expect(merged.addresses.length).toBe(2)
    expect((await call(agent, 'GET', `/${known.id}`)).json().id).toBe(chat.contact)
    expect((await enter({ external_id: 'crm-known' })).contact.id).toBe(chat.contact)
    expect((await call(agent, 'GET', '?external_id=crm-known')).json().items.map((item: Contact) => item.id)).toEqual([chat.contact])
    await waitFor(async () => (await events(agent, 'contact.merged')).some((event) => event.data.merged_ids?.[0] === known.id), {
      what: 'the merge to be told',
      timeout: 10_000,
    })

    const undone = (await call(agent, 'POST', `/${chat.contact}/unmerge`, { contact_id: known.id })).json()
    expect(undone).toEqual({
      id: chat.contact,
      name: 'Hidden',
      addresses: [{ type: 'hidden', value: '123456789@lid', source: 'network' }],
      metadata: {},
      conversation_ids: [chat.id],
    })
    expect((await call(agent, 'GET', `/${known.id}`)).json()).toEqual(known)
    expect((await call(agent, 'POST', `/${chat.contact}/unmerge`, { contact_id: known.id })).json().errors[0].code).toBe('not_merged')
  })

  test('the words of a merged contact are those of the one they are now', async () => {
    const one = await addChat(http.db, shared, { name: 'One', texts: ['one says'] })
    const two = await addChat(http.db, shared, { name: 'Two', texts: ['two says'] })
    await call(agent, 'POST', `/${one.contact}/merge`, { contact_id: two.contact })
    const url = `/api/v1/communications/conversations/${two.id}/messages`
    const sender = async () => (await http.app.inject({ url, headers: agent.headers })).json().items[0].sender
    expect(await sender()).toEqual({ id: one.contact, name: 'One', is_me: false })
    expect((await call(agent, 'GET', `/${one.contact}`)).json().conversation_ids.toSorted()).toEqual([one.id, two.id].toSorted())
    await call(agent, 'POST', `/${one.contact}/unmerge`, { contact_id: two.contact })
    expect(await sender()).toEqual({ id: two.contact, name: 'Two', is_me: false })
    expect((await call(agent, 'GET', `/${two.contact}`)).json().conversation_ids).toEqual([two.id])
  })

  test('one after the other: each can be taken out again with what was its own', async () => {
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(async (name) => (await addChat(http.db, shared, { name })).contact))
    await call(agent, 'POST', `/${a}/merge`, { contact_id: b })
    await call(agent, 'POST', `/${c}/merge`, { contact_id: a })
    expect((await call(agent, 'GET', `/${b}`)).json()).toMatchObject({ id: c, merged_ids: expect.arrayContaining([a, b]) })
    expect((await call(agent, 'POST', `/${c}/unmerge`, { contact_id: b })).json().merged_ids).toEqual([a])
    expect((await call(agent, 'POST', `/${c}/unmerge`, { contact_id: a })).json().merged_ids).toBeUndefined()
    for (const id of [a, b, c])
      expect((await call(agent, 'GET', `/${id}`)).json()).toMatchObject({ id, conversation_ids: [expect.anything()] })
  })

  test('nobody merges whom they may not know, nor one with itself', async () => {
    const secret = await addChat(http.db, personal, { name: 'Secret' })
    const { contact } = await enter({ external_id: 'merger' })
    const refused = await call(agent, 'POST', `/${contact.id}/merge`, { contact_id: secret.contact })
    expect([refused.statusCode, refused.json().errors[0].pointer]).toEqual([400, '/contact_id'])
    expect((await call(agent, 'POST', `/${secret.contact}/merge`, { contact_id: contact.id })).statusCode).toBe(404)
    expect((await call(agent, 'POST', `/${contact.id}/merge`, { contact_id: contact.id })).json().errors[0].code).toBe('same')
  })
})

test('an erased contact is nobody any more, and whoever has the number next is somebody new', async () => {
  const chat = await addChat(http.db, shared, { name: 'Goner', texts: ['forget me'] })
  await addMessage(http.db, { channel: shared, conversation: chat.id, contact: null, text: 'our answer', sentAt: new Date() })
  await addAddress(chat.contact, 'phone', '+380508880001')
  expect((await call(agent, 'DELETE', `/${chat.contact}`)).statusCode).toBe(403)
  expect((await call(admin, 'DELETE', `/${chat.contact}`)).statusCode).toBe(204)
  for (const method of ['GET', 'DELETE'] as const) expect((await call(admin, method, `/${chat.contact}`)).statusCode).toBe(404)
  const shown = (await http.app.inject({ url: `/api/v1/communications/conversations/${chat.id}`, headers: admin.headers })).json()
  expect(shown).toMatchObject({ name: '', status: 'closed', unread_count: 0 })
  expect([shown.contact, shown.last_message]).toEqual([undefined, undefined])
  const again = await enter({ phone: '+380508880001' })
  expect([again.status, again.contact.id === chat.contact]).toEqual([201, false])
})
