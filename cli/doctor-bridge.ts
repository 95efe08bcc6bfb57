import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Check } from '../contract/settings.ts'
import { messageOf } from '../server/lib/errors.ts'
import { unseenDurability } from '../server/providers/matrix/setup/bridge.ts'

/** A value of the bridge's config that decides what is lost, and what it costs where it is another one. */
interface Wanted {
  readonly id: string
  readonly path: string
  readonly isRight: (value: unknown) => boolean
  readonly right: string
  readonly cost: string
  readonly fix: string
}

/** What nobody can see from outside, and most installations have wrong (protocol/bridge.md 8.4, 12.4). */
const wanted: readonly Wanted[] = [
  {
    id: 'bridge_durable_mode',
    path: 'bridge.portal_event_buffer',
    isRight: (value) => value === 0,
    right: 'WhatsApp is told that a message has arrived when the homeserver has it.',
    cost: 'WhatsApp is told that a message has arrived while the bridge only holds it in memory: what is there when it ends is lost.',
    fix: 'Set bridge.portal_event_buffer to 0; a bridge older than mautrix-go 0.31 reads MAUTRIX_PORTAL_EVENT_BUFFER=0 in its environment instead.',
  },
  {
    id: 'bridge_history',
    path: 'backfill.enabled',
    isRight: (value) => value === true,
    right: 'The history of a phone is brought when it is linked, and what was missed when the bridge was away.',
    cost: 'A phone comes without its history, and what was written while the bridge was away stays missing.',
    fix: 'Set backfill.enabled to true before phones are linked.',
  },
  {
    id: 'bridge_split_rooms',
    path: 'bridge.split_portals',
    isRight: (value) => value === true,
    right: 'Two numbers in one group have a room each.',
    cost: 'Two numbers in one WhatsApp group share a room, and see what is meant for the other.',
    fix: 'Set bridge.split_portals to true before the first phone is linked; later it takes a new database of the bridge.',
  },
]

/** The bridge's own config, where the doctor is shown it; without it, that the way it takes messages cannot be seen. */
export function checkBridgeConfig(file: string | undefined): readonly Check[] {
  if (file === undefined) return [unseenDurability]
  let config: unknown
  try {
    config = parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const detail = `The bridge’s config cannot be read: ${messageOf(error)}`
    return [{ id: 'bridge_config', status: 'error', detail, fix: 'Give the path of its config.yaml, as a user who may read it.' }]
  }
  return wanted.map(({ id, path, isRight, right, cost, fix }): Check => {
    const value = valueAt(config, path)
    if (isRight(value)) return { id, status: 'ok', detail: right }
    const found = value === undefined ? `${path} is not there.` : `${path} is ${JSON.stringify(value)}.`
    return { id, status: 'warning', detail: `${found} ${cost}`, fix }
  })
}

function valueAt(config: unknown, path: string): unknown {
  let value = config
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
