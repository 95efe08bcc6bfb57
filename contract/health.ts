import Type, { type Static } from 'typebox'
import { channelStatuses } from './channel.ts'
import { errorCodes, type ErrorCode } from './error.ts'
import type { ChannelId } from './ids.ts'
import { id, named, oneOf, Time } from './schema.ts'

/** Why something wants to be looked at. */
const reasons = [
  'channel_down',
  'road_degraded',
  'endpoint_failing',
  'inbound_late',
  'outbox_late',
  'feed_late',
  'dead_letters',
  'disk_low',
] as const

/** What messages pass through on their way. */
export const endpoints = ['homeserver', 'bridge', 'meta'] as const
export type Endpoint = (typeof endpoints)[number]

/** How everything is, at one look. `detail` of a reason is for people; programs go by its code. Sizes are bytes, ages seconds. */
export const Health = named(
  'Health',
  Type.Object({
    state: oneOf(['ok', 'attention']),
    reasons: Type.Array(Type.Object({ code: oneOf(reasons), detail: Type.String(), count: Type.Optional(Type.Integer()) })),
    at: Time,
    started_at: Time,
    channels: Type.Array(
      Type.Object({
        id: id<ChannelId>('chn_'),
        name: Type.String(),
        phone: Type.String(),
        status: oneOf(channelStatuses),
        status_since: Time,
        status_detail: Type.Optional(Type.String()),
        last_inbound_at: Type.Optional(Time),
      }),
    ),
    inbound: Type.Object({ waiting: Type.Integer(), oldest_seconds: Type.Number() }),
    outbox: Type.Object({
      queued: Type.Integer(),
      held: Type.Integer(),
      sending: Type.Integer(),
      unconfirmed: Type.Integer(),
      oldest_seconds: Type.Number(),
    }),
    failed_24h: Type.Array(Type.Object({ code: oneOf(Object.keys(errorCodes) as ErrorCode[]), count: Type.Integer() })),
    dead_letters: Type.Integer(),
    not_understood: Type.Integer(),
    deferred_events: Type.Integer(),
    jobs: Type.Object({ waiting: Type.Integer(), failing: Type.Integer() }),
    feed_lag_seconds: Type.Number(),
    database_bytes: Type.Integer(),
    media: Type.Object({ files: Type.Integer(), bytes: Type.Integer() }),
    disk: Type.Object({ free_bytes: Type.Integer(), total_bytes: Type.Integer() }),
    stream_clients: Type.Integer(),
    /** Of what this process has asked since it started; who was not asked is not listed. */
    endpoints: Type.Array(Type.Object({ name: oneOf(endpoints), last_ok_at: Type.Optional(Time), last_failed_at: Type.Optional(Time) })),
  }),
)
export type Health = Static<typeof Health>
export type HealthReason = Health['reasons'][number]

/** How long the queues of a moment were, and how late the feed, in seconds. */
export const figures = {
  feed_lag_seconds: Type.Number(),
  inbound_waiting: Type.Integer(),
  outbox_waiting: Type.Integer(),
  jobs_waiting: Type.Integer(),
  deferred_events: Type.Integer(),
  dead_letters: Type.Integer(),
  not_understood: Type.Integer(),
}

/** The worst of each figure in the quarter of an hour that begins `at`. */
export const OperationsSample = named('OperationsSample', Type.Object({ at: Time, ...figures }))
export type OperationsSample = Static<typeof OperationsSample>

/** Something that could not be read or stored: what kind it was and why, without what it says, which may be of a personal chat. */
export const DeadLetter = named(
  'DeadLetter',
  Type.Object({
    id: Type.String(),
    road: oneOf(['classical', 'matrix']),
    kind: oneOf(['raw', 'event', 'batch']),
    type: Type.Optional(Type.String()),
    error: Type.String(),
    created_at: Time,
  }),
)
export type DeadLetter = Static<typeof DeadLetter>
