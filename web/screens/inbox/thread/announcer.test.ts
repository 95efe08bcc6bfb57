import { expect, test } from 'vitest'
import { createAnnouncer } from './announcer.ts'

/** A clock that goes when it is told to. */
function clock() {
  let now = 0
  let timers: readonly { readonly at: number; readonly run: () => void }[] = []
  return {
    later: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run }
      timers = [...timers, timer]
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass: (ms: number) => {
      now += ms
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { run } of due) run()
    },
  }
}

function announcing() {
  const said: string[] = []
  const { later, pass } = clock()
  const announcer = createAnnouncer({ later, say: (text) => said.push(text), more: (count) => `more: ${count}` })
  return { ...announcer, said, pass }
}

test('the first is said at once, and of a burst afterwards only how many there were', () => {
  const { tell, pass, said } = announcing()
  for (const text of ['a', 'b', 'c', 'd', 'e']) tell(text)
  expect(said).toEqual(['a'])
  pass(2_999)
  expect(said).toEqual(['a'])
  pass(1)
  expect(said).toEqual(['a', 'more: 4'])
})

test('between two sentences three seconds pass, also after a number', () => {
  const { tell, pass, said } = announcing()
  tell('a')
  tell('b')
  pass(3_000)
  tell('c')
  pass(2_000)
  expect(said).toEqual(['a', 'b'])
  pass(1_000)
  expect(said).toEqual(['a', 'b', 'c'])
})

test('after a rest the next is said at once, and nothing after the conversation was left', () => {
  const { tell, pass, said, close } = announcing()
  tell('a')
  pass(3_000)
  tell('b')
  expect(said).toEqual(['a', 'b'])
  tell('c')
  close()
  pass(9_000)
  expect(said).toEqual(['a', 'b'])
})
