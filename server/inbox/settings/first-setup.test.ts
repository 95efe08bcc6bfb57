import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { Check, MatrixSystemConfig, MatrixSystemConfigInput } from '../../../contract/settings.ts'
import { silentLog } from '../../lib/log.ts'
import type { FirstSetup } from '../../lib/setup-file.ts'
import { startFirstSetup } from './first-setup.ts'

const token = 't'.repeat(32)
const setup: FirstSetup = {
  matrix: {
    homeserver_url: 'http://127.0.0.1:8008',
    server_name: 'x.org',
    admin_login: 'root',
    admin_password: 'p',
    bridge_url: 'http://127.0.0.1:29318',
  },
  registration_shared_secret: token,
  registration: {
    id: 'mistok',
    user_prefix: 'crm_',
    as_token: token,
    hs_token: token,
    double_puppet_token: token,
    double_puppet_hs_token: token,
  },
}

test('it is tried until all is well, the admin’s password is told once, and what is well is left alone', async () => {
  const saved: MatrixSystemConfigInput[] = []
  const checks: Check['status'][] = []
  const answers: (Check['status'] | Error)[] = [new Error('nobody there'), 'warning', 'ok']
  const road = { homeserverUrl: setup.matrix.homeserver_url, bridgeUrl: setup.matrix.bridge_url }
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const worker = await startFirstSetup(
    {
      settings: {
        find: async () => (checks.length === 0 ? undefined : { value: { road, checks: [{ status: checks.at(-1) }] } }) as never,
        putOnce: async () => undefined as never,
      },
      matrixConfigs: {
        save: async (input) => {
          const answer = answers.shift() ?? 'ok'
          saved.push(input)
          if (answer instanceof Error) throw answer
          checks.push(answer)
          return { checks: [{ id: 'bridge', status: answer, detail: answer }] } as unknown as MatrixSystemConfig
        },
      },
      locks: {
        tryHold: async () => ({ lost: new AbortController().signal, release: async () => {}, [Symbol.asyncDispose]: async () => {} }),
      },
      makeAdmin: async () => {},
      log: silentLog,
    },
    setup,
  )
  for (let round = 0; round < 8; round += 1) await vi.advanceTimersByTimeAsync(3_000)
  vi.useRealTimers()
  worker.wake()
  await sleep(20)
  await worker.stop()
  expect(saved.map(({ admin_password }) => admin_password)).toEqual(['p', 'p', undefined])
  expect(checks).toEqual(['warning', 'ok'])
})
