import { expect, test } from 'vitest'
import { checkTime, hearTime } from './told-time.ts'
import type { HttpClient, HttpResponse } from './http-client.ts'

const noon = Date.parse('2026-11-23T12:00:00.000Z')

/** A client whose answers tell these times, each asked and answered at these moments. */
function client(...answers: readonly { readonly asked: number; readonly answered: number; readonly date?: string }[]) {
  const left = [...answers]
  let now = 0
  const http: HttpClient = {
    close: async () => {},
    request: async () => {
      const { answered = 0, date } = left.shift() ?? {}
      now = answered
      return { status: 200, headers: { date } } as unknown as HttpResponse
    },
  }
  const heard = hearTime(http, () => now)
  return {
    async look() {
      for (const { asked } of answers) {
        now = asked
        await heard.http.request({ method: 'GET', url: 'http://x' })
      }
      return checkTime(heard, { id: 'clock', whose: 'the homeserver', cost: 'It costs.' })
    },
  }
}

const at = (ms: number) => ({ asked: noon + ms, answered: noon + ms + 50, date: new Date(noon).toUTCString() })

test.each([
  ['the same', 0, 'ok', /agree/],
  ['the same, as whole seconds are told', 999, 'ok', /agree/],
  ['a little apart', 2_500, 'ok', /agree/],
  ['ahead', 4_000, 'warning', /3 s ahead of that of the homeserver\. It costs\./],
  ['behind', -4_050, 'warning', /4 s behind/],
  ['far behind', -600_050, 'error', /600 s behind/],
] as const)('%s', async (_, ms, status, words) => {
  expect(await client(at(ms)).look()).toMatchObject([{ id: 'clock', status, detail: expect.stringMatching(words) }])
})

test('an answer that was long in coming accuses nobody, and a quick one is believed before it', async () => {
  expect(await client({ ...at(-600_000), answered: noon + 1 }).look()).toMatchObject([{ status: 'ok' }])
  expect(await client({ ...at(-600_000), answered: noon + 1 }, at(9_000)).look()).toMatchObject([{ status: 'warning' }])
})

test('where nobody tells the time nothing is said', async () => {
  expect(await client({ asked: 0, answered: 1 }, { asked: 0, answered: 1, date: 'soon' }).look()).toEqual([])
})
