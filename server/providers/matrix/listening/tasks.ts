import { createHash } from 'node:crypto'
import type { AccountLink, RawBatch, Task, TaskResult } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { actorOf, type Homeserver } from '../client/homeserver.ts'
import { count, type Fields, fields, filled, isFields, list, present } from '../../../lib/fields.ts'
import { firstMessage, streams } from '../reading/pieces.ts'
import { classifyRoom, readState } from '../rooms.ts'
import { type Actor, MatrixError, path } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
}

const done: TaskResult = { batches: [] }
const pageSize = '100'
// Ends a homeserver that pages for ever; far more than any bridge brings into a room.
const mostPages = 1_000
// As many failures as take a quarter of a minute: for so long a room with a gap may wait for what is pushed.
const holdingTries = 5

/** Does what parse has asked for: joins rooms, reads what they are and what was said in them (protocol/homeserver.md 13.5). */
export async function runTask(deps: Deps, task: Task, account: AccountLink | null, signal: AbortSignal): Promise<TaskResult> {
  const payload = fields(task.payload)
  const room = filled(payload['room'])
  if (room === undefined) return done
  if (account === null) return ended(room, payload)
  const context: Context = { ...deps, as: actorOf(deps.config, account), account: account.external, room, signal }
  try {
    switch (task.kind) {
      case 'join_room':
        return await joinRoom(context, task, payload)
      case 'inspect_room':
        return filled(payload['from']) === undefined ? await inspectRoom(context, task, payload) : await readPage(context, task, payload)
      case 'fill_gap':
        return await readPage(context, task, payload)
      case 'look_up':
        return await lookUp(context, payload)
      default:
        return done
    }
  } catch (error) {
    // What this account may not see, or what is gone, will not come by asking again.
    if (error instanceof MatrixError && (error.status === 403 || error.status === 404)) return ended(room, payload)
    const isHolding = filled(payload['gap']) !== undefined && payload['isFree'] !== true
    if (!isHolding || (task.tries ?? 0) < holdingTries) throw error
    const next = { ...task, key: `${task.key}:free`, payload: { ...(payload as Record<string, string>), isFree: true } }
    return { ...ended(room, payload), next }
  }
}

/** A gap that cannot be filled is no reason to hold back what is pushed. */
function ended(room: string, payload: Fields): TaskResult {
  const gap = filled(payload['gap'])
  return gap === undefined ? done : { batches: [batchOf(room, { chunk: [], filled: gap })] }
}

interface Context extends Deps {
  readonly as: Actor
  readonly account: string
  readonly room: string
  readonly signal: AbortSignal
}

// Our own join comes back as an event, and that asks for the room to be read.
async function joinRoom({ homeserver, as, room, signal }: Context, task: Task, payload: Fields): Promise<TaskResult> {
  await homeserver.call({ method: 'POST', path: path`/_matrix/client/v3/join/${room}`, as, body: {}, signal })
  const replaces = filled(payload['replaces'])
  if (replaces === undefined) return done
  return { batches: [], next: { ...task, kind: 'inspect_room', key: `${task.key}:inspect`, payload: { room, history: true, replaces } } }
}

async function inspectRoom({ homeserver, config, as, account, room, signal }: Context, task: Task, payload: Fields): Promise<TaskResult> {
  const state = await homeserver.callList({ method: 'GET', path: path`/_matrix/client/v3/rooms/${room}/state`, as, signal })
  const replaces = filled(payload['replaces'])
  const batch = batchOf(room, { account, state, ...(replaces === undefined ? {} : { replaces }) })
  const isChat = classifyRoom(config, state.filter(isFields).map(readState), account).kind !== 'none'
  if (!isChat || payload['history'] !== true) return { batches: [batch] }
  const page = await readPage({ homeserver, config, as, account, room, signal }, task, payload)
  return { ...page, batches: [batch, ...page.batches] }
}

/** One page backwards, in the order in which it was said; an empty page is not the end, a missing next one is. */
async function readPage({ homeserver, as, account, room, signal }: Context, task: Task, payload: Fields): Promise<TaskResult> {
  const from = filled(payload['from'])
  const to = filled(payload['to'])
  const query = { dir: 'b', limit: pageSize, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const answer = await homeserver.call({ method: 'GET', path: path`/_matrix/client/v3/rooms/${room}/messages`, as, query, signal })
  const chunk = list(answer['chunk'])
  const end = filled(answer['end'])
  const page = (count(payload['page']) ?? 0) + 1
  const events = chunk.toReversed()
  const next = filled(payload['next'])
  const begun = chunk.some((event) => fields(event)['type'] === 'm.room.create')
  const isEnd = end === undefined || end === from || end === to || begun || page >= mostPages
  const gap = isEnd ? filled(payload['gap']) : undefined
  const isNothing = chunk.length === 0 && gap === undefined
  const batches = isNothing ? [] : [batchOf(room, { account, chunk: events, ...present({ next, filled: gap }) })]
  if (isEnd) return { batches }
  const base = task.key.replace(/:page-\d+$/, '')
  const place = { from: end, page, ...present({ next: firstMessage(events) ?? next }) }
  return { batches, next: { ...task, key: `${base}:page-${page}`, payload: { ...(payload as Record<string, string>), ...place } } }
}

// The bridge's word on a message of ours is an event that refers to it (protocol/bridge.md 6.1); the newest hundred hold the last of it.
async function lookUp({ homeserver, as, account, room, signal }: Context, payload: Fields): Promise<TaskResult> {
  const place = path`/_matrix/client/v1/rooms/${room}/relations/${filled(payload['event']) ?? ''}/m.reference`
  const answer = await homeserver.call({ method: 'GET', path: place, as, query: { dir: 'b', limit: pageSize }, signal })
  const chunk = list(answer['chunk']).toReversed()
  return chunk.length === 0 ? done : { batches: [batchOf(room, { account, chunk })] }
}

function batchOf(room: string, content: object): RawBatch {
  const body = JSON.stringify(content)
  return { stream: streams.room(room), key: createHash('sha256').update(body).digest('hex'), body }
}
