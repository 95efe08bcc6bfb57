import { type HttpClient, HttpError } from './http-client.ts'
import type { Metrics } from './metrics.ts'

/** The same client, with what it asks of homeserver and bridge counted and timed. Durations are told until the answer begins. */
export function measuredClient(client: HttpClient, metrics: Pick<Metrics, 'count' | 'observe'>): HttpClient {
  return {
    async request(request) {
      const { method } = request
      const target = /\/_matrix\/(provision|mau)\//.test(request.url) ? 'bridge' : 'homeserver'
      const began = performance.now()
      try {
        const response = await client.request(request)
        metrics.count('mistok_network_requests_total', { target, method, outcome: `${Math.floor(response.status / 100)}xx` })
        return response
      } catch (error) {
        metrics.count('mistok_network_requests_total', { target, method, outcome: error instanceof HttpError ? error.reason : 'error' })
        throw error
      } finally {
        if (request.held !== true) metrics.observe('mistok_network_request_seconds', { target }, (performance.now() - began) / 1000)
      }
    },
    close: () => client.close(),
  }
}
