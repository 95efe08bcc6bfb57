import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import type { Row } from './report.ts'
import { median } from './stats.ts'

const accounts = 10_000
const settleMs = 20_000
/** Every account is audited this often, so that after two rounds of it nothing new begins. */
const roundMs = 30_000
const patienceMs = 600_000

/** Row 7: resident memory of the server's process, without PostgreSQL. */
export async function measureMemory({ withServer, say }: Bench): Promise<Row[]> {
  const idle = await withServer({ numbers: 1, chats: 1 }, async (server) => {
    await sleep(settleMs)
    return resident(server.pid)
  })
  say(`idle: ${megabytes(idle)}`)
  const busy = await withServer({ numbers: accounts, chats: accounts }, async (server, homeserver) => {
    const began = performance.now()
    // The first time, an account is asked for twice as much as later.
    while (homeserver.syncs() < accounts * 2) {
      if (performance.now() - began > patienceMs) throw new Error(`only ${homeserver.syncs()} polls of ${accounts} accounts`)
      await sleep(500)
    }
    say(`${accounts} accounts, each polled twice after ${((performance.now() - began) / 1_000).toFixed(0)} s`)
    const samples: number[] = []
    for (const end = performance.now() + roundMs; performance.now() < end; await sleep(500)) samples.push(resident(server.pid))
    return median(samples)
  })
  say(`with ${accounts} channels: ${megabytes(busy)}`)
  return [
    row('resident memory of the Node process, idle', idle, 150),
    row('the same with 10,000 connected channels, pushed to and audited', busy, 250),
  ]
}

/** In bytes. */
function resident(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Number(stdout) * 1024
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(0)} MB`

function row(what: string, bytes: number, atMost: number): Row {
  return { what, atLeast: `≤ ${atMost} MB`, measured: megabytes(bytes), isMet: bytes <= atMost * 1_000_000 }
}
