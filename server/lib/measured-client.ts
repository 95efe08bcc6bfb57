import { type Endpoints, endpointOf } from './endpoints.ts'
import { type HttpClient, HttpError } from './http-client.ts'
import type { Metrics } from './metrics.ts'

interface Book {
  readonly metrics: Pick<Metrics, 'count' | 'observe'>
  readonly endpoints: Pick<Endpoints, 'heard'>
}

/** The same client, with what it asks of homeserver, bridge and Meta counted and timed. Durations are told until the answer begins. */
export function measuredClient(client: HttpClient, { metrics, endpoints }: Book): HttpClient {
  return {
    async request(request) {
      const { method } = request
      const target = endpointOf(request.url)
      const began = performance.now()
      const note = (outcome: string, isOk: boolean) => {
        metrics.count('mistok_network_requests_total', { target, method, outcome })
        // What we gave up ourselves says nothing of them.
        if (outcome !== 'aborted') endpoints.heard(target, isOk)
      }
      try {
        const response = await client.request(request)
        note(`${Math.floor(response.status / 100)}xx`, response.status < 500)
        return response
      } catch (error) {
        note(error instanceof HttpError ? error.reason : 'error', false)
        throw error
      } finally {
        if (request.held !== true) metrics.observe('mistok_network_request_seconds', { target }, (performance.now() - began) / 1000)
      }
    },
    close: () => client.close(),
  }
}
