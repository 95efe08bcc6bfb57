/** What is counted, with the labels of each: every label has few values, and none of them tells of a person. */
const counters = {
  mistok_inbound_events_total: { help: 'Events that were taken in, by what they are.', labels: ['provider', 'type'] },
  mistok_sends_total: { help: 'Attempts to send, by what the network said: accepted, or why not.', labels: ['outcome'] },
  mistok_jobs_total: { help: 'Durable jobs that were tried.', labels: ['kind', 'outcome'] },
  mistok_network_requests_total: { help: 'Requests to homeserver, bridge and Meta.', labels: ['target', 'method', 'outcome'] },
} as const
const histograms = {
  mistok_network_request_seconds: {
    help: 'How long homeserver, bridge and Meta took to answer, without requests that they hold on purpose.',
    labels: ['target'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
} as const

type Counters = typeof counters
type Histograms = typeof histograms
type Labels<T extends { readonly labels: readonly string[] }> = Readonly<Record<T['labels'][number], string>>

/** What this process has counted since it began. */
export interface Metrics {
  count<Name extends keyof Counters>(name: Name, labels: Labels<Counters[Name]>, by?: number): void
  observe<Name extends keyof Histograms>(name: Name, labels: Labels<Histograms[Name]>, value: number): void
  /** In Prometheus's text format. */
  text(): string
}

interface Observed {
  readonly under: number[]
  count: number
  sum: number
}

export function createMetrics(): Metrics {
  const counted = new Map<string, Map<string, number>>()
  const observed = new Map<string, Map<string, Observed>>()
  return {
    count(name, labels, by = 1) {
      const values = getOrMake(counted, name, () => new Map<string, number>())
      const key = labelText(labels)
      values.set(key, (values.get(key) ?? 0) + by)
    },
    observe(name, labels, value) {
      const { buckets } = histograms[name]
      const values = getOrMake(observed, name, () => new Map<string, Observed>())
      const one = getOrMake(values, labelText(labels), () => ({ under: buckets.map(() => 0), count: 0, sum: 0 }))
      for (const [at, bound] of buckets.entries()) if (value <= bound) one.under[at] = (one.under[at] ?? 0) + 1
      one.count += 1
      one.sum += value
    },
    text() {
      const counts = Object.entries(counters).map(([name, { help }]) =>
        family(
          name,
          'counter',
          help,
          [...(counted.get(name) ?? [])].map(([labels, value]) => `${name}{${labels}} ${value}`),
        ),
      )
      const times = Object.entries(histograms).map(([name, { help, buckets }]) =>
        family(
          name,
          'histogram',
          help,
          [...(observed.get(name) ?? [])].flatMap(([labels, one]) => histogramLines(name, labels, buckets, one)),
        ),
      )
      return [...counts, ...times].join('')
    },
  }
}

function histogramLines(name: string, labels: string, buckets: readonly number[], { under, count, sum }: Observed): string[] {
  const before = labels === '' ? '' : `${labels},`
  return [
    ...buckets.map((bound, at) => `${name}_bucket{${before}le="${bound}"} ${under[at] ?? 0}`),
    `${name}_bucket{${before}le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${count}`,
  ]
}

/** A value of the moment, with its labels. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** A gauge in Prometheus's text format. */
export function gaugeText(name: string, help: string, samples: readonly Sample[]): string {
  return family(
    name,
    'gauge',
    help,
    samples.map(({ labels, value }) => (labels === undefined ? `${name} ${value}` : `${name}{${labelText(labels)}} ${value}`)),
  )
}

function family(name: string, type: string, help: string, lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
