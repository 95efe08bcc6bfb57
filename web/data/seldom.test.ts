import { expect, test } from 'vitest'
import { createSeldom } from './seldom.ts'
import { handSchedule } from './testing/samples.ts'

test('it runs at once, then once for all that was asked meanwhile, then not at all', () => {
  const schedule = handSchedule()
  let runs = 0
  const ask = createSeldom(schedule, 1000, async () => {
    runs += 1
    throw new Error('not reached')
  })
  ask()
  expect(runs).toBe(1)
  for (let asked = 0; asked < 20; asked += 1) ask()
  expect(runs).toBe(1)
  schedule.timers()
  expect(runs).toBe(2)
  schedule.timers()
  schedule.timers()
  expect(runs).toBe(2)
  ask()
  expect(runs).toBe(3)
})
