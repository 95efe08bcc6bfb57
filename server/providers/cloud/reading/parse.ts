import { createHash } from 'node:crypto'
import type { ExternalId } from '../../../../contract/ids.ts'
import { messageOf } from '../../../lib/errors.ts'
import { fields, filled, isFields } from '../../../lib/fields.ts'
import { variantsOf } from '../../../lib/number-variants.ts'
import type { Facts, Json, Parsed, ParsedItem, RawBatch, Task } from '../../provider.ts'
import { digitsOf, idOf, windowAfter } from '../names.ts'
import { readNumberState } from '../numbers.ts'
import { appDataTask, appNumbersTask } from '../tasks.ts'
import { readTemplate } from '../templates.ts'
import { isCall, lookedUp, readAccountWord, readContactSync, readUserIdUpdate } from './account-in.ts'
import { appDataKey, chatKey, followed, heardKey, type Known, numberKey } from './facts.ts'
import { readEcho, readHistory, readMessage } from './messages-in.ts'
import { chatWith, personOf, senderOf } from './people.ts'
import { cut, type Cut, type Piece, rawOf, saidBy, streams } from './pieces.ts'
import { ignored, numberOf, only, type Reading, timeIn, Waiting } from './reading.ts'
import { readStatus } from './statuses-in.ts'

/** The keys of the facts that a batch needs, as far as `known` tells them: its numbers, its people, and what those are called now. */
export function factKeys(account: string, batch: RawBatch, known: Facts): readonly string[] {
  if (batch.stream === streams.templates) return []
  if (batch.stream === streams.numbers) return (lookedUp(batch.body)?.found ?? []).flatMap((one) => numberKeyOf(fields(one)['id']))
  if (batch.stream === streams.app) {
    const ids = (lookedUp(batch.body)?.found ?? []).flatMap((one) => idOf(fields(one)['id']) ?? [])
    return [heardKey(account), ...ids.map(appDataKey)]
  }
  const keys = new Set<string>([heardKey(account)])
  for (const piece of cut(batch)) {
    if (piece.part === 'unreadable') continue
    for (const key of numberKeyOf(fields(piece.value['metadata'])['phone_number_id'])) keys.add(key)
    const waba = piece.waba === '' ? account : piece.waba
    for (const id of idsIn(piece)) {
      for (const name of [id, ...variantsOf(`+${id}`).map((phone) => phone.slice(1))]) keys.add(chatKey(waba, name))
      const now = followed(known, waba, id)
      keys.add(chatKey(waba, now.id))
      const phone = digitsOf(now.chat?.phone)
      if (phone !== undefined) keys.add(chatKey(waba, phone))
    }
  }
  return [...keys]
}

function numberKeyOf(value: unknown): readonly string[] {
  const id = idOf(value)
  return id === undefined ? [] : [numberKey(id)]
}

const named: ReadonlySet<string> = new Set(
  (
    'from from_user_id to to_user_id wa_id user_id phone_number group_id recipient_id recipient_user_id ' +
    'recipient_participant_id recipient_participant_user_id new_wa_id previous_user_id customer previous current'
  ).split(' '),
)
const deepest = 8

/** The ids of people and groups that stand anywhere in a piece. */
function idsIn(piece: Piece): ReadonlySet<string> {
  const ids = new Set<string>()
  const walk = (value: unknown, depth: number): void => {
    if (depth > deepest || typeof value !== 'object' || value === null) return
    for (const [key, member] of Object.entries(value)) {
      const id = named.has(key) || (key === 'id' && 'messages' in value) ? idOf(member) : undefined
      if (id !== undefined) ids.add(digitsOf(id) ?? id)
      else walk(member, depth + 1)
    }
  }
  walk(piece.value, 0)
  return ids
}

/** Reads a batch piece by piece. What cannot be read is `dead` and harms nothing beside it: this never throws. */
export function parse(account: string, batch: RawBatch, facts: Facts): Parsed {
  if (batch.stream === streams.app) return parseInApp(batch, facts)
  if (batch.stream === streams.numbers || batch.stream === streams.templates) return parseLookedUp(batch, facts)
  const known = new Map(facts)
  const learnt = new Map<string, Json>()
  const tasks = new Map<string, Task>()
  const items: ParsedItem[] = []
  for (const piece of cut(batch)) {
    const found = readPiece(account, piece, known)
    items.push(...found.items)
    for (const [key, value] of found.learnt) {
      known.set(key, value)
      learnt.set(key, value)
    }
    for (const task of found.tasks) tasks.set(`${task.kind} ${task.key}`, task)
  }
  if (batch.stream === streams.webhook && !known.has(heardKey(account)) && items.some(({ type }) => type !== 'dead')) {
    learnt.set(heardKey(account), true)
    const task = appNumbersTask(account as ExternalId, true)
    tasks.set(`${task.kind} ${task.key}`, task)
  }
  return { items, facts: [...learnt].map(([key, value]) => ({ key, value })), tasks: [...tasks.values()], resolved: [] }
}

interface Found {
  readonly items: readonly ParsedItem[]
  readonly learnt: ReadonlyMap<string, Json>
  readonly tasks: readonly Task[]
}

function readPiece(account: string, piece: Cut, known: Known): Found {
  const items: ParsedItem[] = []
  const learnt = new Map<string, Json>()
  const tasks: Task[] = []
  try {
    if (piece.part === 'unreadable') throw new Error('This is nothing that WhatsApp delivers')
    understand({
      piece,
      waba: piece.waba === '' ? account : piece.waba,
      facts: { get: (key) => (learnt.has(key) ? learnt.get(key) : known.get(key)) },
      item: (item) => items.push(item),
      learn: (key, value) => learnt.set(key, value),
      task: (task) => tasks.push(task),
    })
    return { items, learnt, tasks }
  } catch (error) {
    const raw = rawOf(piece)
    const item: ParsedItem =
      error instanceof Waiting
        ? { type: 'deferred', waitsFor: error.key, raw }
        : { type: 'dead', error: messageOf(error).slice(0, 512), raw }
    return { items: [item], learnt: new Map(), tasks: [] }
  }
}

function understand(reading: Reading): void {
  const { piece } = reading
  const { part } = piece
  if (part !== 'account' && part !== 'unknown' && !isFields(only(piece))) throw new Error('This is not what WhatsApp calls by this name')
  switch (part) {
    case 'messages':
      return readMessage(reading)
    case 'message_echoes':
      return readEcho(reading)
    case 'statuses':
      return piece.field === 'calls' || fields(only(piece))['type'] === 'call' ? reading.item(ignored('call.status')) : readStatus(reading)
    case 'history':
      return readHistory(reading)
    case 'state_sync':
      return readContactSync(reading)
    case 'calls':
      return readCall(reading)
    case 'user_id_update':
      return readUserIdUpdate(reading)
    case 'user_actions':
      return reading.item(ignored(`user_actions.${filled(fields(only(piece))['action_type']) ?? 'other'}`))
    case 'user_preferences':
      return reading.item(ignored('user_preferences'))
    case 'errors':
      return reading.item(ignored(`errors.${idOf(fields(only(piece))['code']) ?? 'other'}`))
    case 'account':
      return readAccountWord(reading) ? undefined : reading.item(unknown(piece))
    case 'unknown':
      return reading.item(unknown(piece))
  }
}

function readCall(reading: Reading): void {
  const told = fields(only(reading.piece))
  const id = idOf(told['id'])
  const person = personOf({ phone: told['from'], user: told['from_user_id'] }, reading.piece.value['contacts'])
  if (!isCall(told) || id === undefined || person === undefined) return reading.item(ignored('call'))
  const number = numberOf(reading)
  const at = timeIn(reading, told['timestamp'])
  const windowUntil = windowAfter(at)
  const conversation = chatWith(reading, number, person, at, { at, windowUntil })
  reading.item({
    type: 'message',
    channel: number.id,
    conversation,
    at,
    id,
    sender: senderOf(reading, person),
    content: { type: 'system', text: 'Called', system: { event: 'call', video: false } },
    forwarded: false,
    history: false,
    windowUntil,
  })
}

/** What we know nothing of is kept as it came; the same said again is the same. */
function unknown(piece: Piece): ParsedItem {
  const raw = rawOf(piece)
  const id = createHash('sha256')
    .update(JSON.stringify(saidBy(piece)))
    .digest('hex')
    .slice(0, 32) as ExternalId
  const [member = ''] =
    piece.part === 'unknown' ? Object.keys(piece.value).filter((key) => key !== 'metadata' && key !== 'messaging_product') : []
  return {
    type: 'unknown',
    networkType:
      [piece.field, member]
        .filter((word) => word !== '')
        .join('.')
        .slice(0, 128) || 'none',
    id,
    raw,
  }
}

/** The answer to a question of ours: the states of our numbers, or all templates. */
function parseLookedUp(batch: RawBatch, facts: Facts): Parsed {
  const nothing = { facts: [], tasks: [], resolved: [] }
  const read = lookedUp(batch.body)
  if (read === undefined) return { ...nothing, items: [{ type: 'dead', error: 'This is no answer of ours', raw: batch.body }] }
  const { account, at, found } = read
  if (batch.stream === streams.templates)
    return { ...nothing, items: [{ type: 'templates', account, templates: found.flatMap((one) => readTemplate(one) ?? []) }] }
  const items = found.flatMap((one): readonly ParsedItem[] => {
    const phone = readNumberState(one)
    if (phone === undefined) return []
    if (!isFields(facts.get(numberKey(phone.external)))) return [ignored('number')]
    const { external: channel, status, detail } = phone
    return [{ type: 'channel', channel, at, status, ...(detail === undefined ? {} : { detail }) }]
  })
  return { ...nothing, items }
}

/** Which numbers are in the Business app, and what came of asking for what it has: asked for once, when it would reach us. */
function parseInApp(batch: RawBatch, facts: Facts): Parsed {
  const { account, found = [] } = lookedUp(batch.body) ?? {}
  if (account === undefined)
    return { items: [{ type: 'dead', error: 'This is no answer of ours', raw: batch.body }], facts: [], tasks: [], resolved: [] }
  const numbers = found.map(fields).flatMap((told) => {
    const id = idOf(told['id'])
    return id === undefined ? [] : [{ id, told }]
  })
  const answered = numbers.flatMap(({ id, told }) =>
    isFields(told['answers']) ? [{ key: appDataKey(id), value: told['answers'] as Json }] : [],
  )
  const isHeard = facts.get(heardKey(account)) === true
  const due = numbers.filter(({ id, told }) => isHeard && told['is_on_biz_app'] === true && !isFields(facts.get(appDataKey(id))))
  return { items: [], facts: answered, tasks: due.map(({ id }) => appDataTask(account, id)), resolved: [] }
}
