import type { Check } from '../../../../contract/settings.ts'
import type { Clock } from '../../../lib/clock.ts'
import { messageOf } from '../../../lib/errors.ts'
import { type HttpClient, HttpError } from '../../../lib/http-client.ts'
import type { SetupInput, SetupRegistration } from '../../matrix-setup.ts'
import type { Homeserver } from '../client/homeserver.ts'

/** What all checks work with. */
export interface Probe {
  readonly homeserver: Homeserver
  readonly http: HttpClient
  readonly clock: Clock
  readonly input: SetupInput
  readonly registration: SetupRegistration
  readonly signal: AbortSignal
}

export function passed(id: string, detail: string): Check {
  return { id, status: 'ok', detail }
}

export function warned(id: string, detail: string, fix: string): Check {
  return { id, status: 'warning', detail, fix }
}

export function refused(id: string, detail: string, fix: string): Check {
  return { id, status: 'error', detail, fix }
}

export function skipped(id: string, detail: string): Check {
  return { id, status: 'skipped', detail }
}

/** Why something could not be reached, in words that say where to look. */
export function unreachable(error: unknown, what: string): { readonly detail: string; readonly fix: string } {
  if (!(error instanceof HttpError)) return { detail: `${what}: ${messageOf(error)}`, fix: 'Look into the log of this server.' }
  const fixes: Readonly<Record<HttpError['reason'], string>> = {
    forbidden_address: 'Link-local and metadata addresses are never contacted: enter the address of the service itself.',
    unreachable: 'See that it runs, that host and port are right, and that a firewall lets this server through.',
    timeout: 'Something listens there and does not answer: see whether it is overloaded or another service.',
    broken: 'See whether the address needs https instead of http, or the other way round.',
    aborted: 'Save once more.',
    too_large: 'This is another service: enter the right address.',
    not_json: 'This is another service, or a proxy in front of it answers: enter the right address.',
  }
  return { detail: `${what} cannot be reached: ${error.message}.`, fix: fixes[error.reason] }
}
