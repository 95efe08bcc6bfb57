import type { Check } from '../../contract/settings.ts'
import type { Clock } from './clock.ts'
import type { HttpClient } from './http-client.ts'

/** A client that hears, from the `Date` of each answer, how far this machine's clock is from that of whoever answers. */
export interface ListeningClient {
  readonly http: HttpClient
  /** By how many milliseconds our clock is ahead (negative: behind), from the answer that tells it best; undefined while none told it. */
  aheadMs(): number | undefined
}

/** Listens along; closing stays with whoever opened the client. */
export function hearTime(http: HttpClient, clock: Clock): ListeningClient {
  let best: { readonly aheadMs: number; readonly doubtMs: number } | undefined
  return {
    aheadMs: () => best?.aheadMs,
    http: {
      close: () => http.close(),
      async request(request) {
        const asked = clock()
        const response = await http.request(request)
        const answered = clock()
        const told = Date.parse(response.headers['date'] ?? '')
        // It was told at some moment between, and is cut to whole seconds.
        const [least, most] = [asked - told - 1_000, answered - told]
        const aheadMs = least > 0 ? least : most < 0 ? most : 0
        if (!Number.isNaN(told) && (best === undefined || most - least < best.doubtMs)) best = { aheadMs, doubtMs: most - least }
        return response
      },
    },
  }
}

/** What is told for certain beyond this is said (`safety.md` section 13), and beyond that nothing is in its place any more. */
const limits = { warning: 2_000, error: 60_000 }

/** The clock of this machine beside that of `whose`; nothing where nobody told the time. `cost` is a sentence on what goes wrong. */
export function checkTime(
  { aheadMs }: ListeningClient,
  check: { readonly id: string; readonly whose: string; readonly cost: string },
): readonly Check[] {
  const ahead = aheadMs()
  if (ahead === undefined) return []
  const { id, whose, cost } = check
  const apart = Math.abs(ahead)
  if (apart < limits.warning) return [{ id, status: 'ok', detail: `The clocks of this machine and of ${whose} agree.` }]
  const seconds = Math.round(apart / 1_000)
  const detail = `The clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} that of ${whose}. ${cost}`
  const fix = 'Let this machine take its time from the network: timedatectl set-ntp true; where it does so, see to the other clock.'
  return [{ id, status: apart < limits.error ? 'warning' : 'error', detail, fix }]
}
