import { afterEach, beforeEach, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { ChannelId, LabelId } from '../../../contract/ids.ts'
import type { Label } from '../../../contract/label.ts'
import { pathTo, type RouteName, routes } from '../../../contract/routes.ts'
import type { Job } from '../../../server/db/jobs.ts'
import { createRelabel } from '../../../server/inbox/team/labels.ts'
import { addChannel, addChat, openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let olha: Person
let admin: Person
let channel: ChannelId

beforeEach(async () => {
  http = await openTestHttp()
  olha = await http.signedIn('Olha', 'agent')
  admin = await http.signedIn('Admin', 'admin')
  channel = await addChannel(http.db)
})
afterEach(() => http.close())

async function ask(name: RouteName, { headers }: Pick<Person, 'headers'>, payload?: object, id = '') {
  const answer = await http.app.inject({
    method: routes[name].method,
    url: pathTo(name, { label_id: id, canned_reply_id: id }),
    headers,
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}

test('a canned reply is the team’s, written by admins, or its owner’s alone', async () => {
  const words = { shortcut: 'вітання', title: 'Вітання', text: 'Вітаю, {{contact.name}}!' }
  expect((await ask('createCannedReply', olha, { ...words, access: 'team' })).status).toBe(403)
  const team = await ask('createCannedReply', admin, { ...words, access: 'team' })
  expect(team).toEqual({
    status: 201,
    body: { id: expect.stringMatching(/^can_/), ...words, access: 'team', created_at: expect.any(String), updated_at: expect.any(String) },
  })
  // Each scope has its own shortcuts; letter case makes no other one.
  const own = await ask('createCannedReply', olha, { ...words, text: 'Моє', access: 'personal' })
  expect(own.body).toMatchObject({ access: 'personal', owner_id: olha.id })
  for (const [who, access] of [
    [admin, 'team'],
    [olha, 'personal'],
  ] as const)
    expect(await ask('createCannedReply', who, { ...words, shortcut: 'ВІТАННЯ', access })).toMatchObject({
      status: 409,
      body: { code: 'conflict', errors: [{ pointer: '/shortcut', code: 'taken' }] },
    })
  for (const shortcut of ['', 'two words', 'a/b', 'x'.repeat(41)])
    expect((await ask('createCannedReply', olha, { ...words, shortcut, access: 'personal' })).status).toBe(400)

  const texts = async (who: Person) => (await ask('listCannedReplies', who)).body.items.map((one: { text: string }) => one.text)
  expect(await texts(olha)).toEqual([words.text, 'Моє'])
  expect(await texts(admin)).toEqual([words.text])
  for (const [who, id, status] of [
    [olha, team.body.id, 403],
    [admin, own.body.id, 404],
    [olha, own.body.id, 200],
    [admin, team.body.id, 200],
  ] as const)
    expect((await ask('updateCannedReply', who, { title: 'Інакше' }, id)).status).toBe(status)
  for (const [who, id, status] of [
    [olha, team.body.id, 403],
    [admin, own.body.id, 404],
    [olha, own.body.id, 204],
    [olha, own.body.id, 404],
  ] as const)
    expect((await ask('deleteCannedReply', who, undefined, id)).status).toBe(status)
  expect(await texts(olha)).toEqual([words.text])
})

const define = async (name: string, colour = 'red'): Promise<Label> => (await ask('createLabel', admin, { name, colour })).body
const labelled = async (...labels: string[]) => {
  const { id } = await addChat(http.db, channel)
  await http.db.updateTable('conversations').set({ labels }).where('id', '=', id).execute()
  return id
}
/** Does what is to be done, the last first: one that was put off finds what came after it. */
async function runJobs() {
  for (const job of await http.db.selectFrom('jobs').selectAll().where('kind', '=', 'relabel').orderBy('id', 'desc').execute())
    await createRelabel({ db: http.db, clock: Date.now })(job as unknown as Job, new AbortController().signal)
  await http.db.deleteFrom('jobs').execute()
}
const labelsOf = async () => (await http.db.selectFrom('conversations').select('labels').orderBy('id').execute()).map((row) => row.labels)

test('a label that is renamed or deleted takes its conversations along, each told of', async () => {
  const vip = await define('VIP')
  const debt = await define('Борг', 'orange')
  expect(vip).toEqual({ id: expect.stringMatching(/^lbl_/), name: 'VIP', colour: 'red', created_at: expect.any(String) })
  expect((await ask('listLabels', olha)).body.items).toEqual([vip, debt])
  for (const [name, who, body, id] of [
    ['createLabel', olha, { name: 'x', colour: 'red' }, ''],
    ['updateLabel', olha, { name: 'x' }, vip.id],
    ['deleteLabel', olha, undefined, vip.id],
  ] as const)
    expect((await ask(name, who, body, id)).status).toBe(403)
  for (const refused of [
    await ask('createLabel', admin, { name: 'vip', colour: 'red' }),
    await ask('updateLabel', admin, { name: 'борг' }, vip.id),
  ])
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ pointer: '/name', code: 'taken' }] } })
  expect((await ask('createLabel', admin, { name: 'x', colour: 'pink' })).status).toBe(400)

  const carrying = [await labelled('VIP', 'інше'), await labelled('Важливі', 'VIP'), await labelled('Борг'), await labelled()]
  expect((await ask('updateLabel', admin, { name: 'Важливі', colour: 'blue' }, vip.id)).body).toMatchObject({
    name: 'Важливі',
    colour: 'blue',
  })
  expect((await ask('deleteLabel', admin, undefined, debt.id)).status).toBe(204)
  await runJobs()
  expect(await labelsOf()).toEqual([['Важливі', 'інше'], ['Важливі'], [], []])
  const told = await http.db.selectFrom('events').select('object_id').where('type', '=', 'conversation.updated').execute()
  expect(told.map((row) => row.object_id).toSorted()).toEqual(carrying.slice(0, 3).toSorted())
  expect((await ask('deleteLabel', admin, undefined, debt.id)).status).toBe(404)
})

test('what was renamed twice, back, or defined anew ends as it was meant', async () => {
  const [twice, back, anew] = [await define('one'), await define('keep'), await define('old')]
  await labelled('one', 'keep', 'old')
  const rename = ({ id }: { id: LabelId }, name: string) => ask('updateLabel', admin, { name }, id)
  await rename(twice, 'two')
  await rename(twice, 'three')
  await rename(back, 'away')
  await labelled('away')
  await rename(back, 'keep')
  await rename(anew, 'new')
  await define('old')
  await runJobs()
  expect(await labelsOf()).toEqual([['three', 'keep', 'old'], ['keep']])
})

test('many conversations are relabelled in pieces', async () => {
  const label = await define('VIP')
  await labelled('VIP')
  await sql`insert into conversations select (jsonb_populate_record(c, jsonb_build_object('id', c.id || n, 'external_id', c.external_id || n))).*
    from conversations c, generate_series(1, 450) n`.execute(http.db)
  await ask('deleteLabel', admin, undefined, label.id)
  await runJobs()
  expect((await labelsOf()).every((labels) => labels.length === 0)).toBe(true)
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from conversations group by xmin::text order by 1`.execute(
    http.db,
  )
  expect(rows.map(({ count }) => count)).toEqual([51, 200, 200])
})
