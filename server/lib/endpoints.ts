import type { Endpoint } from '../../contract/health.ts'
import type { Clock } from './clock.ts'

/** When each of those whom this process asks has last answered, and last failed to. */
export interface Endpoints {
  heard(endpoint: Endpoint, isOk: boolean): void
  list(): readonly { readonly name: Endpoint; readonly last_ok_at?: string; readonly last_failed_at?: string }[]
}

export function createEndpoints(clock: Clock): Endpoints {
  const known = new Map<Endpoint, { readonly last_ok_at?: string; readonly last_failed_at?: string }>()
  return {
    heard(endpoint, isOk) {
      const at = new Date(clock()).toISOString()
      known.set(endpoint, { ...known.get(endpoint), ...(isOk ? { last_ok_at: at } : { last_failed_at: at }) })
    },
    list: () => [...known].map(([name, times]) => ({ name, ...times })),
  }
}

/** Whom an address is of: bridges answer below their own, homeservers below Matrix's. */
export function endpointOf(url: string): Endpoint {
  if (/\/_matrix\/(provision|mau)\//.test(url)) return 'bridge'
  return /\/(_matrix|_synapse|\.well-known)\//.test(url) ? 'homeserver' : 'meta'
}
