import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendEvents } from '../../../server/db/events.ts'
import { beginFeedAnew, forgetEvents } from '../../../server/db/feed.ts'
import { openListener } from '../../../server/db/listen.ts'
import { openDatabase } from '../../../server/db/open.ts'
import type { FeedLine } from '../../../server/db/read/events.ts'
import type { Tables } from '../../../server/db/schema.ts'
import { createFeed, type Feed } from '../../../server/inbox/feed.ts'
import { systemClock } from '../../../server/lib/clock.ts'
import { silentLog } from '../../../server/lib/log.ts'
import { createDatabase, type TestDatabase } from '../../support/database.ts'

let database: TestDatabase
let db: Kysely<Tables>
let listener: ReturnType<typeof openListener>
let feed: Feed

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection, 16)
  listener = openListener(database.connection, silentLog)
  feed = createFeed({ db, listener, clock: systemClock, log: silentLog })
})
afterEach(async () => {
  await feed.close()
  await listener.close()
  await db.destroy()
  await database.drop()
})

const write = (ids: readonly string[], held = 0, made = new Date()) =>
  db.transaction().execute(async (tx) => {
    await appendEvents(
      tx,
      ids.map((objectId) => ({ type: 'message.created' as const, objectId })),
      made,
    )
    if (held > 0) await sql`select pg_sleep(${held / 1000})`.execute(tx)
  })

/** Reads until so many lines have come. */
async function take(cursor: string, count: number, from = feed): Promise<FeedLine[]> {
  const leaving = new AbortController()
  const seen: FeedLine[] = []
  for await (const lines of from.follow(cursor, leaving.signal)) {
    seen.push(...lines)
    if (seen.length >= count) leaving.abort()
  }
  return seen
}

test('of eight writers at once no line is lost, doubled or out of order, whoever reads from wherever', async () => {
  const start = await feed.now()
  const writers = 8
  const writes = 40
  const written: string[] = []
  const readers = [take(start, writers * writes * 2), take(start, writers * writes * 2)]
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let n = 0; n < writes; n++) {
        const ids = [`${writer}-${n}-a`, `${writer}-${n}-b`]
        // Some transactions stay open for a while after they took their place in the order.
        await write(ids, n % 5 === 0 ? 5 + writer * 3 : 0)
        written.push(...ids)
      }
    }),
  )
  const [one, two] = await Promise.all(readers)
  const idsOf = (lines: readonly FeedLine[] = []) => lines.map((line) => line.objectId)
  expect(idsOf(one).toSorted()).toEqual(written.toSorted())
  expect(idsOf(two)).toEqual(idsOf(one))
  // From any place: exactly what comes after it.
  for (const at of [0, 1, 17, 333, 638]) {
    expect(idsOf(await take(one?.[at]?.cursor ?? '', 640 - at - 1 || 1).catch(() => []))).toEqual(idsOf(one).slice(at + 1))
  }
})

test('a reader that joins behind what is remembered catches up without a gap', async () => {
  const start = await feed.now()
  const ids = Array.from({ length: 7_000 }, (_, n) => `m${n}`)
  for (let at = 0; at < ids.length; at += 1_000) await write(ids.slice(at, at + 1_000))
  await take(start, ids.length)
  const seen = await take(start, ids.length)
  expect(seen.map((line) => line.objectId)).toEqual(ids)
  const late = await take(seen[6_500]?.cursor ?? '', 499)
  expect(late.map((line) => line.objectId)).toEqual(ids.slice(6_501))
})

test('what an older transaction holds back is waited for, said, and then told', async () => {
  const start = await feed.now()
  const held = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const older = db.transaction().execute(async (tx) => {
    await appendEvents(tx, [{ type: 'message.created', objectId: 'older' }], new Date())
    open.resolve()
    await held.promise
  })
  await open.promise
  await write(['younger'], 0, new Date(Date.now() - 5_000))
  expect(await feed.read(start, 10)).toEqual([])
  await expect.poll(() => feed.lagSeconds(), { timeout: 10_000 }).toBeGreaterThan(4)
  const reading = take(start, 2)
  held.resolve()
  await older
  expect((await reading).map((line) => line.objectId)).toEqual(['older', 'younger'])
  await expect.poll(() => feed.lagSeconds(), { timeout: 10_000 }).toBe(0)
})

test('from now on means from now on, also where nothing has ever happened', async () => {
  const beginning = await feed.now()
  await write(['before'])
  await take(beginning, 1)
  const start = await feed.now()
  const reading = take(start, 1)
  await write(['after'])
  expect((await reading).map((line) => line.objectId)).toEqual(['after'])
})

test('a cursor whose events are forgotten is refused, an older quiet one is not', async () => {
  const start = await feed.now()
  const day = 24 * 3_600_000
  await write(['old 1', 'old 2'], 0, new Date(Date.now() - 8 * day))
  await write(['new'])
  const [first, second] = await take(start, 3)
  while (await forgetEvents(db, new Date(Date.now() - 7 * day), 1)) continue
  expect((await db.selectFrom('events').select('object_id').execute()).map((row) => row.object_id)).toEqual(['new'])
  for (const cursor of [start, first?.cursor ?? '', '0-0']) {
    await expect(feed.check(cursor)).rejects.toMatchObject({ code: 'cursor_expired' })
    await expect(feed.read(cursor, 10)).rejects.toMatchObject({ code: 'cursor_expired' })
    await expect(take(cursor, 1)).rejects.toMatchObject({ code: 'cursor_expired' })
  }
  // Everything after this one is still there.
  expect((await take(second?.cursor ?? '', 1)).map((line) => line.objectId)).toEqual(['new'])
})

test('a cursor of another database is refused, and what is none at all', async () => {
  await expect(feed.check('999999999-1')).rejects.toMatchObject({ code: 'cursor_expired' })
  for (const cursor of ['', '1', '1-', 'a-b', '1-2-3', '99999999999999999999-1', "1-1'"])
    await expect(feed.check(cursor)).rejects.toMatchObject({ code: 'invalid_request' })
})

test('after a restore a cursor of before is refused, whatever was counted to, and what is new goes on by the new mark', async () => {
  await db.transaction().execute((tx) => beginFeedAnew(tx, '0badcafe', new Date()))
  const start = await feed.now()
  await write(['first', 'second'])
  const [first] = await take(start, 1)
  const cursor = first?.cursor ?? ''
  expect(cursor).toMatch(/^\d+-\d+-0badcafe$/)
  expect((await take(cursor, 1)).map((line) => line.objectId)).toEqual(['second'])
  // The same numbers, from the database that was, and from one that was restored from another backup.
  for (const other of [cursor.replace('-0badcafe', ''), cursor.replace('0badcafe', '0badc0de')])
    for (const refused of [() => feed.check(other), () => feed.read(other, 10), () => take(other, 1)])
      await expect(refused()).rejects.toMatchObject({ code: 'cursor_expired' })
  await db.transaction().execute((tx) => beginFeedAnew(tx, '0badc0de', new Date()))
  await expect(feed.check(cursor)).rejects.toMatchObject({ code: 'cursor_expired' })
})

test('lines are found without a notice, and a second server tells of the first one’s', async () => {
  const deaf = createFeed({ db, listener: { on: () => () => {} }, clock: systemClock, log: silentLog })
  const start = await deaf.now()
  const reading = take(start, 1, deaf)
  await sleep(50)
  await write(['quiet'])
  expect((await reading).map((line) => line.objectId)).toEqual(['quiet'])
  await deaf.close()
})

test('closing ends those who follow', async () => {
  const reading = take(await feed.now(), 1)
  await sleep(20)
  await feed.close()
  expect(await reading).toEqual([])
})
