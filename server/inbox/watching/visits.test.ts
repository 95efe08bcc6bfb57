import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { startVisits, type Visits } from './visits.ts'

let visits: Visits<string>
afterEach(() => visits.stop())

const named = (...names: string[]) => new Map(names.map((name) => [name, name]))
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(1)
}

test('everything is visited again and again, no more at once than may be; what goes wrong harms nobody else', async () => {
  const made: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 }
  const failures: number[] = []
  let [atOnce, most] = [0, 0]
  visits = startVisits({
    async visit(name) {
      atOnce += 1
      most = Math.max(most, atOnce)
      await sleep(1)
      atOnce -= 1
      made[name] = (made[name] ?? 0) + 1
      if (name === 'c' && made[name] !== 3) throw new Error('broken')
    },
    failed: (_key, count) => {
      failures.push(count)
      return 1
    },
    restMs: () => 1,
    atOnce: 2,
  })
  visits.keep(named('a', 'b', 'c', 'd'))
  await until(() => Object.values(made).every((count) => count >= 5))
  expect(most).toBe(2)
  expect(failures.slice(0, 4)).toEqual([1, 2, 1, 2])
})

test('what is wanted no more is not visited again, what is wanted anew is, and stopping ends what is in hand', async () => {
  const made: string[] = []
  let held: AbortSignal | undefined
  visits = startVisits({
    async visit(name, signal) {
      made.push(name)
      if (name !== 'slow') return
      held = signal
      await sleep(60_000, undefined, { signal })
    },
    failed: () => 60_000,
    restMs: () => 5,
    atOnce: 4,
  })
  visits.keep(named('a', 'b'))
  await until(() => made.length >= 4)
  const before = made.length
  visits.keep(named('b', 'slow'))
  await until(() => made.length >= before + 4)
  expect(new Set(made.slice(before))).toEqual(new Set(['b', 'slow']))
  await visits.stop()
  expect(held?.aborted).toBe(true)
  const after = made.length
  await sleep(20)
  expect(made).toHaveLength(after)
})

test('what is to rest less from now on is visited now, and what is to rest more is not', async () => {
  const made: string[] = []
  const rests = startVisits<number>({
    visit: async (restMs) => void made.push(`visited, to rest ${restMs}`),
    failed: () => 60_000,
    restMs: (restMs) => restMs,
    atOnce: 1,
  })
  rests.keep(new Map([['a', 60_000]]))
  await until(() => made.length === 1)
  // It rests only when the visit has come to its end.
  await sleep(20)
  rests.keep(new Map([['a', 50_000]]))
  await until(() => made.length === 2)
  rests.keep(new Map([['a', 60_000]]))
  await sleep(20)
  expect(made).toEqual(['visited, to rest 60000', 'visited, to rest 50000'])
  await rests.stop()
})

test('who is hurried is visited anew, even when a visit of theirs is in hand, and that is told', async () => {
  const begun: string[] = []
  const slow = Promise.withResolvers<void>()
  visits = startVisits({
    async visit(name) {
      begun.push(name)
      if (name === 'slow') await slow.promise
      if (name === 'broken') throw new Error('broken')
    },
    failed: () => 60_000,
    restMs: () => 60_000,
    atOnce: 2,
  })
  visits.keep(named('slow', 'broken', 'a', 'b'))
  await until(() => begun.length === 4)
  await visits.hurry(['a', 'nobody'])
  expect(begun.splice(0)).toEqual(['slow', 'broken', 'a', 'b', 'a'])
  const all = visits.hurry()
  await until(() => begun.length === 3)
  expect(begun).toEqual(['broken', 'a', 'b'])
  slow.resolve()
  await all
  expect(begun).toEqual(['broken', 'a', 'b', 'slow'])
  visits.keep(named('a'))
  const gone = visits.hurry()
  visits.keep(new Map())
  await gone
})
