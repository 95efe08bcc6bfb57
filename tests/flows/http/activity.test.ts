import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Activity } from '../../../contract/activity.ts'
import { pathTo } from '../../../contract/routes.ts'
import { reopenSnoozed } from '../../../server/inbox/conversations.ts'
import { addChannel, addChat, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let olha: Person
let taras: Person

beforeAll(async () => {
  http = await openTestHttp()
  olha = await http.signedIn('Olha', 'agent')
  taras = await http.signedIn('Taras', 'agent')
})
afterAll(() => http.close())

test('what was done with a conversation is told with who did it and when, to whoever may see it', async () => {
  const channel = await addChannel(http.db)
  const { id } = await addChat(http.db, channel, { texts: ['Добрий день'] })
  const until = new Date(Date.now() + 60_000).toISOString()
  const patch = async (payload: object) => {
    const url = pathTo('updateConversation', { conversation_id: id })
    expect((await http.app.inject({ method: 'PATCH', url, headers: olha.headers, payload })).statusCode).toBe(200)
  }
  await patch({ assignee_id: taras.id, labels: ['vip', 'new'] })
  await patch({ assignee_id: taras.id, labels: ['vip'], metadata: { a: 'b' } })
  await patch({ status: 'closed' })
  await patch({ status: 'closed' })
  await patch({ status: 'open', assignee_id: null })
  await patch({ snoozed_until: until })
  await reopenSnoozed({ db: http.db, clock: () => Date.now() + 120_000 })

  const url = pathTo('listActivity', { conversation_id: id })
  const { items } = (await http.app.inject({ url, headers: taras.headers })).json() as { items: Activity[] }
  const actor = { id: olha.id, name: 'Olha' }
  const told = items.map(({ kind, actor, assignee, until, added, removed }) => ({ kind, actor, assignee, until, added, removed }))
  expect(told).toEqual([
    { kind: 'reopened' },
    { kind: 'snoozed', actor, until },
    { kind: 'reopened', actor },
    { kind: 'assigned', actor },
    { kind: 'closed', actor },
    { kind: 'labelled', actor, removed: ['new'] },
    { kind: 'labelled', actor, added: ['vip', 'new'] },
    { kind: 'assigned', actor, assignee: { id: taras.id, name: 'Taras' } },
  ])

  await http.db.updateTable('channels').set({ access: 'personal' }).where('id', '=', channel).execute()
  expect((await http.app.inject({ url, headers: taras.headers })).statusCode).toBe(404)
})
