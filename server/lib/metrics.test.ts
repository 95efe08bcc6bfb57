import { expect, test } from 'vitest'
import { createMetrics, gaugeText } from './metrics.ts'

test('counters and histograms are written as Prometheus reads them', () => {
  const metrics = createMetrics()
  metrics.count('mistok_sends_total', { outcome: 'accepted' })
  metrics.count('mistok_sends_total', { outcome: 'accepted' }, 2)
  metrics.count('mistok_jobs_total', { kind: 'a"\\\nb', outcome: 'done' })
  for (const seconds of [0.004, 0.02, 20]) metrics.observe('mistok_network_request_seconds', { target: 'bridge' }, seconds)
  const lines = metrics.text().split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE mistok_sends_total counter',
      'mistok_sends_total{outcome="accepted"} 3',
      'mistok_jobs_total{kind="a\\"\\\\\\nb",outcome="done"} 1',
      '# TYPE mistok_network_request_seconds histogram',
      'mistok_network_request_seconds_bucket{target="bridge",le="0.005"} 1',
      'mistok_network_request_seconds_bucket{target="bridge",le="0.025"} 2',
      'mistok_network_request_seconds_bucket{target="bridge",le="10"} 2',
      'mistok_network_request_seconds_bucket{target="bridge",le="+Inf"} 3',
      'mistok_network_request_seconds_count{target="bridge"} 3',
    ]),
  )
  expect(lines.at(-1)).toBe('')
})

test('a gauge stands with or without labels', () => {
  expect(gaugeText('x', 'Help.', [{ value: 1 }, { labels: { a: 'b' }, value: 2 }])).toBe(
    '# HELP x Help.\n# TYPE x gauge\nx 1\nx{a="b"} 2\n',
  )
})
