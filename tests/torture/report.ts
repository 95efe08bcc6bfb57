import type { BridgeOutcome, Death } from './bridge-runs.ts'
import type { Comparison } from './compare.ts'
import type { Outcome } from './demo-runs.ts'
import type { BodiesOutcome } from './meta-bodies.ts'
import type { WebhookOutcome } from './meta-runs.ts'
import type { Amounts, Brought, MuchBrought } from './scale-runs.ts'
import type { SynapseOutcome } from './synapse-runs.ts'

/** A run that came to its end. */
export interface Row {
  readonly title: string
  readonly times: number
  readonly outcome: Outcome | SynapseOutcome | BridgeOutcome
}

/** What the runs came to that are no rows of the two large tables; undefined for what was never run. */
export interface Others {
  readonly meta: WebhookOutcome | undefined
  readonly bodies: BodiesOutcome | undefined
  readonly much: MuchBrought | undefined
}

/** How much was done in them, and where. */
export interface Extent {
  readonly meta: { readonly title: string; readonly kills: number; readonly atOnce: number }
  readonly much: Amounts
  readonly machines: readonly string[]
}

/** docs/reliability.md: what the runs of `npm run torture` came to. */
export function reliabilityPage(rows: readonly Row[], { meta, bodies, much }: Others, extent: Extent): string {
  return [
    '# Reliability',
    '',
    'What `npm run torture` found. Customers write by the phones of the sandbox, in several chats and a group; agents answer by the API',
    'and repeat with the same Idempotency-Key whenever no answer came. Meanwhile something is taken away, at random moments. When all is',
    "quiet, and one audit later, the sandbox's ledger is compared with the inbox message by message, by the public API alone.",
    '',
    `Machine: ${extent.machines.join('; ')}.`,
    '',
    '## Messages',
    '',
    table(
      [
        'what was taken away',
        'times',
        'in',
        'lost',
        'doubled',
        'out of order',
        'out',
        'lost',
        'doubled',
        'out of order',
        'left in doubt',
        'repeated requests',
      ],
      rows.map(({ title, times, outcome: { comparison, repeats } }) => [
        title,
        times,
        ...way(comparison.inbound),
        ...way(comparison.outbound),
        comparison.outbound.unconfirmed.length,
        repeats,
      ]),
    ),
    '',
    '*In*: written by customers. *Out*: answered with 202; each is on the phone once and has come back as delivered or read, unless it is left',
    'in doubt, which the message says (`unconfirmed_since`) and the machine never resends.',
    '',
    '## Event stream',
    '',
    'One reader follows it through everything, with `Last-Event-ID`.',
    '',
    table(
      ['what was taken away', 'times', 'messages', 'missed', 'told twice', 'connections', 'back after, median', 'worst'],
      rows.map(({ title, times, outcome: { comparison, recoveries } }) => [
        title,
        times,
        ...stream(comparison),
        seconds(median(recoveries)),
        seconds(Math.max(...recoveries)),
      ]),
    ),
    '',
    '*Back*: from the kill until the server answers `/health/ready` again, its start included; for Synapse, until Synapse answers.',
    '',
    ...bridgeSection(rows),
    ...pushSection(rows),
    ...(meta === undefined ? [] : metaSection(meta, extent.meta)),
    ...(bodies === undefined ? [] : bodiesSection(bodies)),
    ...(much === undefined ? [] : muchSection(extent.much, much)),
  ].join('\n')
}

/** Which messages a bridge doubled, and what the mode of it says. */
function bridgeSection(rows: readonly Row[]): readonly string[] {
  const found = rows.flatMap(({ title, outcome }) => ('mode' in outcome ? [{ title, outcome }] : []))
  if (found.length === 0) return []
  return [
    '## With the real bridge framework',
    '',
    'The rows with a real bridge are run on `tests/bridge/` (mautrix-go, bridgev2) and a real Synapse, with the config that `mistok stack bridge-config`',
    'writes; just before each kill customers write 40 messages at once. In durable mode WhatsApp is told that a message has arrived when the homeserver',
    'has it: a bridge that dies between that and its own note of it tells the homeserver again, and so does one whose homeserver died before it',
    'answered, as Synapse keeps no transaction ids of application services. Each death may double the one message that the bridge had in hand, and no',
    'event says that it is the same one. Which death doubled which is known by what the bridge had told WhatsApp until then; a second one by the same',
    'death is a fault. In the default mode WhatsApp is told as soon as the bridge holds the message in memory.',
    '',
    table(
      ['what was killed', 'of these bridge or Synapse', 'in', 'lost', 'doubled', 'which were doubled, by which of them'],
      found.map(({ title, outcome: { comparison, deaths } }) => [
        title,
        deaths.length,
        ...way(comparison.inbound).slice(0, 3),
        named(deaths),
      ]),
    ),
    '',
  ]
}

function named(deaths: readonly Death[]): string {
  const all = deaths.flatMap(({ victim, doubled }, index) => doubled.map((text) => `“${text}” (${index + 1}, ${victim})`))
  return all.join(', ') || '–'
}

function pushSection(rows: readonly Row[]): readonly string[] {
  return [
    '## What pushes alone would have lost',
    '',
    "Synapse forgets pushes when it ends (element-hq/synapse#11637). Each account's own cursor audits them.",
    '',
    table(
      ['what was taken away', 'times', 'messages in', 'not pushed', "the bridge's words not pushed", 'lost after the audit'],
      rows.flatMap(({ title, times, outcome }) =>
        'pushes' in outcome && outcome.pushes.arePushed
          ? [[title, times, outcome.pushes.messages, outcome.pushes.lost, outcome.pushes.lostWords, outcome.comparison.inbound.lost.length]]
          : [],
      ),
    ),
    '',
  ]
}

function metaSection(outcome: WebhookOutcome, { title, kills, atOnce }: Extent['meta']): readonly string[] {
  const { messages, answered, unapplied, cut, repeated, lost, doubled, refused, recoveries } = outcome
  return [
    "## Meta's deliveries",
    '',
    `${atOnce} signed deliveries of four messages each are brought at once, and the server is killed as soon as some of them are answered with 200.`,
    'What got no answer comes again, as from Meta, and so do two of those that were answered: one as it was, one in a body with another. In the end',
    'each message has to be in the inbox once.',
    '',
    table(
      [
        'what was taken away',
        'times',
        'messages',
        'lost',
        'doubled',
        'answered 200',
        'not applied when killed',
        'cut',
        'said again',
        'refused',
      ],
      [[title, kills, messages, lost.length, doubled.length, answered, unapplied, cut, repeated, refused.length]],
    ),
    '',
    '*Not applied when killed*: of those that had been answered, by the database while the server was dead. *Cut*: no answer came.',
    `The server took work again after ${seconds(median(recoveries))} (median), ${seconds(Math.max(...recoveries))} at worst.`,
    '',
  ]
}

function bodiesSection({ bodies, lost, doubled, refused, misread, tookMs }: BodiesOutcome): readonly string[] {
  return [
    '### Broken ones',
    '',
    'Deliveries of every published kind with members dropped, doubled, renamed, wrapped or set to what nobody expects, signed and brought to a running',
    'server, each with one whole message behind what is broken. *Misread*: the reading threw, lost the id of a message or of a status, or was another',
    'the second time.',
    '',
    table(
      ['bodies', 'answered otherwise than 200', 'misread', 'whole messages lost', 'doubled', 'all applied after'],
      [[bodies, refused.length, misread.length, lost.length, doubled.length, seconds(tookMs)]],
    ),
    '',
  ]
}

function muchSection(much: Amounts, brought: MuchBrought): readonly string[] {
  return [
    '## Much at once',
    '',
    `On a real Synapse on PostgreSQL, by sync alone: a phone with ${much.chats} chats of ${much.historyEach} messages each is linked; then the server is stopped,`,
    `${much.missed} messages are written, ${much.inOne} of them in one chat, and it is started again in front of a homeserver that tells of ${much.timelineLimit} events of a room at once.`,
    '',
    table(
      ['what is brought', 'messages', 'lost', 'doubled', 'chats out of order', 'all there after'],
      [
        ['history on linking', ...bringing(brought.history)],
        ['what was missed', ...bringing(brought.missed)],
      ],
    ),
    '',
  ]
}

function bringing({ messages, lost, doubled, disordered, tookMs }: Brought): readonly Cell[] {
  return [messages, lost, doubled, disordered, seconds(tookMs)]
}

type Cell = string | number

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

function way({ messages, lost, doubled, disordered }: Comparison['inbound']): readonly Cell[] {
  return [messages, lost.length, doubled.length, disordered.length]
}

function stream({ stream: { messages, missed, repeated, connections } }: Comparison): readonly Cell[] {
  return [messages, missed.length, repeated, connections]
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
