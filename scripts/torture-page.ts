import type { BodiesOutcome } from '../tests/torture/meta-bodies.ts'
import type { WebhookOutcome } from '../tests/torture/meta-runs.ts'
import { reliabilityPage, type Row } from '../tests/torture/report.ts'
import { meta, much, runs } from '../tests/torture/runs.ts'
import type { MuchBrought } from '../tests/torture/scale-runs.ts'
import type { Results } from './torture-results.ts'

/** docs/reliability.md as these results have it. */
export function pageOf(results: Results): string {
  const rows = runs.flatMap(({ name, title, times }) => {
    const outcome = results.find<Row['outcome']>(name)
    return outcome === undefined ? [] : [{ title, times, outcome }]
  })
  const others = {
    meta: results.find<WebhookOutcome>('meta'),
    bodies: results.find<BodiesOutcome>('meta-bodies'),
    much: results.find<MuchBrought>('much'),
  }
  return reliabilityPage(rows, others, { meta, much, machines: results.machines() })
}
