import { randomUUID } from 'node:crypto'
import { claimJobs, extendJob, finishJob, type Job, postponeJob } from '../db/jobs.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Metrics } from '../lib/metrics.ts'
import { startWorker, type Worker } from '../lib/worker.ts'

/**
 * Does one job of its kind. It ends the job itself, or returns and lets it be ended. Throws to be run again later; not_configured where it
 * could not even be tried until an admin has set something right.
 */
export type RunJob = (job: Job, signal: AbortSignal) => Promise<void>

const jobsAtOnce = 4
// Short, because a room waits for its gap to be filled when a process dies with that in hand.
const leaseMs = 15_000
const firstPauseMs = 1_000
const longestPauseMs = 300_000
/** How long a job rests that an admin has to set something right for. */
const notConfiguredMs = 60_000

/** How long a job rests after its n-th failure, in milliseconds. */
function pauseAfter(tries: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries - 1, 10))
}

/** Runs due jobs, a few at a time, for ever. `run` picks the doer by the job's kind; undefined when nobody can do it yet. */
export function startJobs(deps: {
  db: Db
  clock: Clock
  log: Log
  run: (kind: string) => RunJob | undefined
  metrics?: Pick<Metrics, 'count'>
}): Worker {
  const { db, clock, log } = deps
  const running = new Set<Promise<void>>()

  const worker = startWorker({ name: 'jobs', idleMs: 1_000, log, round })
  return {
    wake: worker.wake,
    async stop() {
      await worker.stop()
      await Promise.allSettled(running)
    },
  }

  async function round(signal: AbortSignal): Promise<boolean> {
    const free = jobsAtOnce - running.size
    if (free <= 0) {
      await Promise.race(running)
      return true
    }
    const now = clock()
    const jobs = await claimJobs(db, { token: randomUUID(), limit: free, now: new Date(now), leaseUntil: new Date(now + leaseMs) })
    for (const job of jobs) {
      const work: Promise<void> = runOne(job, signal).finally(() => running.delete(work))
      running.add(work)
    }
    return jobs.length > 0
  }

  async function runOne(job: Job, signal: AbortSignal): Promise<void> {
    const heartbeat = setInterval(() => void extendJob(db, job, new Date(clock() + leaseMs)).catch(() => {}), leaseMs / 3)
    try {
      const run = deps.run(job.kind)
      if (run === undefined) throw new Error('nobody here does this kind of job')
      await run(job, signal)
      await finishJob(db, job)
      deps.metrics?.count('mistok_jobs_total', { kind: job.kind, outcome: 'done' })
      worker.wake()
    } catch (error) {
      deps.metrics?.count('mistok_jobs_total', { kind: job.kind, outcome: 'failed' })
      log.warn({ job: job.kind, tries: job.tries, error: messageOf(error) }, 'a job failed and will be tried again')
      const untried = error instanceof AppError && error.code === 'not_configured'
      const until = new Date(clock() + (untried ? notConfiguredMs : pauseAfter(job.tries)))
      await postponeJob(db, job, until, messageOf(error), untried).catch(() => {})
    } finally {
      clearInterval(heartbeat)
    }
  }
}
