import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json, RawBatch } from '../../provider.ts'
import { chatFacts, event, me, pushed, read, roomId } from '../testing.ts'

/** What may happen next in a room in which everything is said within one second. */
type Happening = 'say' | 'say and lose the push' | 'push' | 'sync' | 'fill' | 'read'
const happening = fc.constantFrom<Happening>('say', 'say', 'say and lose the push', 'push', 'push', 'sync', 'fill', 'read', 'read')
const told = 2
const page = 3

/** A homeserver that pushes and is asked, and an inbox that reads batch after batch and puts each message before the one that follows it. */
function createRoom() {
  let said = 0
  let cursor = 0
  const toPush: number[] = []
  const batches: RawBatch[] = []
  const facts = new Map(chatFacts())
  const tasks: { readonly from: string; readonly to: string; readonly gap: string; readonly next?: string }[] = []
  const deferred: { readonly waitsFor: string; readonly raw: Json }[] = []
  const inbox: string[] = []

  const eventOf = (n: number) => event({ msgtype: 'm.text', body: `${n}` }, { event_id: `$${n}` })
  const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index + 1)
  const keep = (stream: string, body: unknown) => batches.push({ stream, key: 'k', body: JSON.stringify(body) })

  const deeds: Readonly<Record<Happening, () => void>> = {
    say: () => void toPush.push((said += 1)),
    'say and lose the push': () => void (said += 1),
    push: () => {
      const some = toPush.splice(0, 2).map(eventOf)
      if (some.length > 0) batches.push(pushed(...some))
    },
    sync: () => {
      if (said === cursor) return
      const from = Math.max(cursor, said - told)
      const timeline = { limited: from > cursor, prev_batch: `${from}`, events: range(from, said).map(eventOf) }
      keep(`sync:${me}`, { since: `${cursor}`, response: { rooms: { join: { [roomId]: { timeline } } } } })
      cursor = said
    },
    fill: () => {
      const task = tasks.shift()
      if (task === undefined) return
      const from = Math.max(Number(task.to), Number(task.from) - page)
      const isEnd = from === Number(task.to)
      keep(`room:${roomId}`, {
        account: me,
        chunk: range(from, Number(task.from)).map(eventOf),
        next: task.next,
        ...(isEnd ? { filled: task.gap } : {}),
      })
      if (!isEnd) tasks.push({ ...task, from: `${from}`, next: `$${from + 1}` })
    },
    read: () => {
      const batch = batches.shift()
      if (batch === undefined) return
      const parsed = read(batch, facts)
      place(parsed.items.flatMap((item) => (item.type === 'message' ? [item] : [])))
      deferred.push(...parsed.items.filter((item) => item.type === 'deferred'))
      for (const { key, value } of parsed.facts) facts.set(key, value)
      for (const { kind, payload } of parsed.tasks) if (kind === 'fill_gap') tasks.push(payload as never)
      const released = deferred.filter((one) => parsed.resolved.includes(one.waitsFor))
      if (released.length === 0) return
      deferred.splice(0, deferred.length, ...deferred.filter((one) => !released.includes(one)))
      batches.push({ stream: 'deferred', key: 'k', body: JSON.stringify(released.map((one) => one.raw)) })
    },
  }

  /** As messages are placed whose seconds are the same: what is new comes last, unless it is told what follows it. */
  function place(messages: readonly { readonly id: string; readonly next?: string }[]): void {
    const fresh = messages.filter(({ id }, at) => !inbox.includes(id) && messages.findIndex((one) => one.id === id) === at)
    inbox.push(...fresh.map(({ id }) => id))
    for (const { id, next } of fresh.toReversed()) {
      const [from, follower] = [inbox.indexOf(id), next === undefined ? -1 : inbox.indexOf(next)]
      if (follower !== -1 && follower < from) inbox.splice(follower, 0, ...inbox.splice(from, 1))
    }
  }

  return {
    do: (what: Happening) => deeds[what](),
    isAtRest: () => batches.length + tasks.length + toPush.length === 0 && cursor === said,
    end: () => ({ inbox, all: range(0, said).map((n) => `$${n}`), waiting: deferred.length }),
  }
}

test('whatever is pushed, lost, asked for and filled in whatever turn: each message stands once, in its place', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 100, size: 'max' }), (happenings) => {
      const room = createRoom()
      for (const what of happenings) room.do(what)
      while (!room.isAtRest()) for (const what of ['sync', 'push', 'fill', 'read'] as const) room.do(what)
      const { inbox, all, waiting } = room.end()
      expect(inbox).toEqual(all)
      expect(waiting).toBe(0)
    }),
    { numRuns: 1_000 },
  )
})
