import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Health, HealthReason } from '../../contract/health.ts'
import { countFailed, listChannelStates, measureMedia, readState } from '../db/read/health.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import type { Endpoints } from '../lib/endpoints.ts'
import { listDegraded } from './operations.ts'

interface HealthDeps {
  readonly db: Db
  readonly clock: Clock
  readonly endpoints: Pick<Endpoints, 'list'>
  readonly feedLagSeconds: () => number
  readonly mediaDirectory: string
}

/** What HTTP knows besides. */
type Told = 'started_at' | 'stream_clients'

/** How late is worth attention, in seconds, and how little room on the disk, in bytes. */
const limits = { inbound: 30, outbox: 60, feed: 2, disk: 2e9 } as const
const dayMs = 86_400_000
/** A failure longer ago says nothing of now. */
const recentMs = 300_000
/** Counting all files takes long where there are many. */
const mediaMs = 60_000

/** Looks at everything at once; what is costly to count is at most a minute old. */
export function createHealth({ db, clock, endpoints, feedLagSeconds, mediaDirectory }: HealthDeps): () => Promise<Omit<Health, Told>> {
  let media: { readonly at: number; readonly counted: Promise<Health['media']> } | undefined
  const countMedia = (now: number) => {
    if (media === undefined || now - media.at > mediaMs) media = { at: now, counted: measureMedia(db) }
    const { counted } = media
    return counted.catch((error: unknown) => {
      media = undefined
      throw error
    })
  }

  return async () => {
    const now = clock()
    const [state, failed_24h, channels, files, disk, degraded] = await Promise.all([
      readState(db, new Date(now)),
      countFailed(db, new Date(now - dayMs)),
      listChannelStates(db),
      countMedia(now),
      measureDisk(mediaDirectory),
      listDegraded(db),
    ])
    const figures = {
      at: new Date(now).toISOString(),
      channels,
      inbound: { waiting: state.inbound_waiting, oldest_seconds: state.inbound_seconds },
      outbox: {
        queued: state.queued,
        held: state.held,
        sending: state.sending,
        unconfirmed: state.unconfirmed,
        oldest_seconds: state.outbox_seconds,
      },
      failed_24h,
      dead_letters: state.dead_letters,
      not_understood: state.not_understood,
      deferred_events: state.deferred_events,
      jobs: { waiting: state.jobs_waiting, failing: state.jobs_failing },
      feed_lag_seconds: feedLagSeconds(),
      database_bytes: state.database_bytes,
      media: files,
      disk,
      endpoints: [...endpoints.list()],
    }
    const reasons = [...degraded.map(({ detail }): HealthReason => ({ code: 'road_degraded', detail })), ...reasonsOf(figures)]
    return { state: reasons.length === 0 ? 'ok' : 'attention', reasons, ...figures }
  }
}

/** The room where files are kept, or will be: their folder is made with the first of them. */
async function measureDisk(directory: string): Promise<Health['disk']> {
  const { bavail, blocks, bsize } = await statfs(directory).catch(() => statfs(dirname(directory)))
  return { free_bytes: bavail * bsize, total_bytes: blocks * bsize }
}

/** What of it wants to be looked at. Pure. */
export function reasonsOf(health: Omit<Health, Told | 'state' | 'reasons'>): readonly HealthReason[] {
  const { channels, inbound, outbox, feed_lag_seconds, dead_letters, disk } = health
  const down = channels.filter(({ status }) => status !== 'connected').map(({ name }) => name)
  const failing = health.endpoints.filter(
    ({ last_ok_at = '', last_failed_at = '' }) =>
      last_failed_at > last_ok_at && Date.parse(health.at) - Date.parse(last_failed_at) < recentMs,
  )
  const found: readonly (HealthReason | false)[] = [
    down.length > 0 && { code: 'channel_down', detail: `Not connected: ${down.slice(0, 5).join(', ')}`, count: down.length },
    ...failing.map(({ name }): HealthReason => ({ code: 'endpoint_failing', detail: `${name} does not answer.` })),
    inbound.oldest_seconds > limits.inbound && {
      code: 'inbound_late',
      detail: 'What was received is not read in time.',
      count: inbound.waiting,
    },
    outbox.oldest_seconds > limits.outbox && {
      code: 'outbox_late',
      detail: 'Messages are due and not sent.',
      count: outbox.queued + outbox.held,
    },
    feed_lag_seconds > limits.feed && { code: 'feed_late', detail: 'A transaction stays open and holds the change feed back.' },
    dead_letters > 0 && {
      code: 'dead_letters',
      detail: 'Events could not be read or stored. Update, then redrive them.',
      count: dead_letters,
    },
    disk.free_bytes < limits.disk && { code: 'disk_low', detail: 'There is little room left where files are kept.' },
  ]
  return found.filter((reason) => reason !== false)
}
