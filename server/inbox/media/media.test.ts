import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { silentLog } from '../../lib/log.ts'
import { openMediaFiles } from '../../lib/media-files.ts'
import type { Connection } from '../../providers/provider.ts'
import type { Line } from '../channels/connections.ts'
import { message, openInbound } from '../fixtures/inbound.ts'
import { startJobs } from '../jobs.ts'
import { createFetchMedia } from './media.ts'

/** A file whose first fetches fail so; gives how often it was asked for and what it is when it is settled. */
async function fetchThrough(failures: readonly Error[]): Promise<{ readonly asked: number; readonly status: string }> {
  await using inbound = await openInbound()
  const { db } = inbound
  const file = { type: 'image', mimeType: 'image/png', ref: { id: '1' } } as const
  await inbound.take({ items: [message(1, { content: { type: 'image', files: [file] } })] })
  const directory = mkdtempSync(join(tmpdir(), 'mistok-media-'))
  let asked = 0
  const connection = {
    fetchMedia: async () => {
      asked += 1
      const failure = failures[asked - 1]
      if (failure !== undefined) throw failure
      return (async function* () {
        yield Buffer.from('bytes')
      })()
    },
  } as unknown as Connection
  let now = inbound.deps.clock()
  const clock = () => now
  const files = openMediaFiles({ directory, maxBytes: 1e6 })
  const run = createFetchMedia({ db, clock, newId, files, findLine: async () => ({ connection }) as Line })
  const jobs = startJobs({ db, clock, log: silentLog, run: () => run })
  try {
    for (;;) {
      // The time to which it was put off has come, and no more than that: a lease that runs out would be another try.
      const resting = await db.selectFrom('jobs').select('run_at').where('lease_token', 'is', null).executeTakeFirst()
      if (resting !== undefined) now = Math.max(now, resting.run_at.getTime())
      jobs.wake()
      const { status } = await db.selectFrom('media').select('status').executeTakeFirstOrThrow()
      if (status !== 'pending') return { asked, status }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  } finally {
    await jobs.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

const dead = new AppError('not_configured', 'An admin has to enter a new token.')
const broken = new Error('The connection broke')

test('what an admin has to set right first is not counted as a try: the file comes when it is', async () => {
  const failures = [...Array.from({ length: 20 }, () => dead), ...Array.from({ length: 7 }, () => broken)]
  expect(await fetchThrough(failures)).toEqual({ asked: 28, status: 'ready' })
})

test('a file that cannot be fetched is given up after eight tries', async () => {
  expect(await fetchThrough(Array.from({ length: 20 }, () => broken))).toEqual({ asked: 8, status: 'failed' })
})
