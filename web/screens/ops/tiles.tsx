import { useCallback, useEffect } from 'react'
import type { OperationsSample } from '../../../contract/health.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { figureState, type Operations } from './health.ts'
import { Sparkline } from './sparkline.tsx'
import { StateMark } from './state-mark.tsx'

const figures = [
  'feed_lag_seconds',
  'inbound_waiting',
  'outbox_waiting',
  'jobs_waiting',
  'deferred_events',
  'dead_letters',
  'not_understood',
] as const
type Figure = (typeof figures)[number]

/** A new sample is there once a minute. */
const EVERY_MS = 60_000

/** The figures of now, how each went over the day, and the day as a table. */
export function Tiles({ operations }: { readonly operations: Operations }) {
  const { words } = useLateSpeech()
  const write = useWriting()
  const day = useDay()
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(160px,1fr))] gap-3">
        {figures.map((name) => (
          <div key={name} className="grid content-between gap-2 rounded-xl border border-line bg-surface p-4">
            <dt className="text-sm text-muted">{words.ops.tiles[name]}</dt>
            <dd className="grid gap-2">
              <span className="flex items-end justify-between gap-2">
                <span className="text-2xl font-semibold whitespace-nowrap tabular-nums">{write(name, operations[name])}</span>
                <StateMark state={figureState(name, operations[name])} />
              </span>
              <Sparkline values={day.map((sample) => sample[name])} />
            </dd>
          </div>
        ))}
      </dl>
      {day.length > 0 && <DayTable day={day} />}
    </div>
  )
}

function useDay(): readonly OperationsSample[] {
  const { client } = useWorkspace()
  const { value, reload } = useLoaded(useCallback((signal: AbortSignal) => client.call('listOperationsHistory', { signal }), [client]))
  useEffect(() => {
    const timer = setInterval(() => document.hidden || reload(), EVERY_MS)
    return () => clearInterval(timer)
  }, [reload])
  return value?.items ?? []
}

function useWriting() {
  const { words, formats } = useLateSpeech()
  return (name: Figure, value: number) => (name === 'feed_lag_seconds' ? words.ops.seconds(formats.decimal(value)) : String(value))
}

/** The same for those who do not see the lines, the latest first. */
function DayTable({ day }: { readonly day: readonly OperationsSample[] }) {
  const { words, formats } = useLateSpeech()
  const write = useWriting()
  return (
    <details className="rounded-xl border border-line bg-surface">
      <summary className="target cursor-pointer px-4 py-2.5 font-medium">{words.ops.day}</summary>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div role="region" aria-label={words.ops.day} tabIndex={0} className="max-h-80 overflow-auto px-4 pb-3">
        <table className="w-full text-sm tabular-nums">
          <caption className="pb-2 text-start text-muted">{words.ops.dayHint}</caption>
          <thead>
            <tr>
              <th scope="col" className="pe-3 text-start">
                {words.ops.from}
              </th>
              {figures.map((name) => (
                <th key={name} scope="col" className="px-2 text-end align-bottom font-normal text-muted">
                  {words.ops.tiles[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {day.toReversed().map((sample) => (
              <tr key={sample.at} className="border-t border-line">
                <th scope="row" className="pe-3 text-start font-normal">
                  {formats.time(sample.at)}
                </th>
                {figures.map((name) => (
                  <td key={name} className="px-2 text-end">
                    {write(name, sample[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
