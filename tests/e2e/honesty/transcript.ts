/** What was seen, step by step, in words that are the same on every honest homeserver. */
export type Transcript = Record<string, unknown>

/** The step under which a transcript says why its section ended early. */
export const BROKE_OFF = 'broke off'

const NUMBERS = new Set([
  'age',
  'ts',
  'origin_server_ts',
  'expires_in_ms',
  'duration_ms',
  'unused_expires_at',
  'retry_after_ms',
  'creation_ts',
  'last_seen_ts',
])
const SECRETS = new Set([
  'access_token',
  'refresh_token',
  'next_batch',
  'prev_batch',
  'start',
  'end',
  'filter_id',
  'nonce',
  'transaction_id',
])
const IDS = /\$[A-Za-z0-9_-]{43}|![A-Za-z0-9_-]{18,43}(?::[a-z.]+)?|mxc:\/\/[a-z.]+\/[A-Za-z0-9_-]+/g

/**
 * Puts what was seen into words that do not change from run to run: ids numbered in order of appearance, times and tokens by their
 * kind, error texts left out (nobody relies on them), keys sorted. An event id stays recognisable as the same one.
 */
export function plain(seen: readonly [step: string, value: unknown][]): Transcript {
  const names = new Map<string, string>()
  const nameOf = (id: string): string => {
    const known = names.get(id)
    if (known !== undefined) return known
    const kind = id.startsWith('$') ? 'event' : id.startsWith('!') ? 'room' : 'media'
    const count = [...names.values()].filter((name) => name.startsWith(`<${kind}`)).length
    const name = `<${kind} ${count + 1}>`
    names.set(id, name)
    return name
  }
  function walk(value: unknown, key: string): unknown {
    if (typeof value === 'number') return NUMBERS.has(key) ? '<number>' : value
    if (typeof value === 'string') {
      if (SECRETS.has(key) && value !== '') return `<${key}>`
      return key === 'error' ? '<text>' : value.replaceAll(IDS, nameOf)
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, ''))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(sorted.map(([inner, item]) => [inner.replaceAll(IDS, nameOf), walk(item, inner)]))
  }
  const transcript: Transcript = {}
  for (const [index, [step, value]] of seen.entries()) {
    transcript[`${String(index + 1).padStart(2, '0')} ${step}`] = walk(value, '')
  }
  return transcript
}

/** An answer no longer than this is shown whole where it differs; of a longer one, the places that differ. */
const SHOWN_WHOLE = 200

function show(value: unknown): string {
  const whole = value === undefined ? '(nothing)' : JSON.stringify(value)
  return whole.length > 2 * SHOWN_WHOLE ? `${whole.slice(0, 2 * SHOWN_WHOLE)}…` : whole
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Worth comparing place by place: both lists, or both answers of one status. */
function isAlike(first: Record<string, unknown>, second: Record<string, unknown>): boolean {
  return Array.isArray(first) === Array.isArray(second) && first['status'] === second['status']
}

function placesThatDiffer(first: unknown, second: unknown, where: string): string[] {
  const [one = '', other = ''] = [first, second].map((value) => JSON.stringify(value))
  if (one === other) return []
  const isLong = where === '' || Math.max(one.length, other.length) > SHOWN_WHOLE
  if (isLong && isBranch(first) && isBranch(second) && isAlike(first, second)) {
    const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
    return keys.flatMap((key) => placesThatDiffer(first[key], second[key], where === '' ? key : `${where} › ${key}`))
  }
  return [`${where}\n    Synapse: ${show(first)}\n    sandbox: ${show(second)}`]
}

/**
 * The places where the sandbox differs from Synapse, each in three lines: where, what Synapse has, what the sandbox has. Of a section
 * that broke off in the sandbox, only the steps that it reached.
 */
export function differences(synapse: Transcript, sandbox: Transcript): string[] {
  const reached = Object.entries(synapse).filter(([step]) => !(BROKE_OFF in sandbox) || step in sandbox)
  return placesThatDiffer(Object.fromEntries(reached), sandbox, '')
}

/** A transcript as text, two lines a step, for a file that people read. */
export function transcriptText(transcript: Transcript): string {
  return Object.entries(transcript)
    .map(([step, value]) => `${step}\n    ${JSON.stringify(value)}\n`)
    .join('')
}

/** The transcript that `transcriptText` wrote. */
export function parseTranscript(text: string): Transcript {
  const lines = text.trimEnd().split('\n')
  const steps = lines.flatMap((step, index) => (index % 2 === 0 ? [[step, JSON.parse(lines[index + 1] ?? 'null')] as const] : []))
  return Object.fromEntries(steps)
}
