import type { ExternalId } from '../../../../contract/ids.ts'
import type { AccountLink, LinkedPhone, LoginRequest, LoginStep } from '../../provider.ts'
import type { Place } from './login-steps.ts'

/** One way of having phones linked: the bridge's provisioning API, or the chat with its bot. Throws when nobody answers there. */
export interface LoginWay {
  start(account: AccountLink, request: LoginRequest, signal: AbortSignal): Promise<LoginStep>
  /** Goes on from a place that this way has given. */
  wait(account: AccountLink, place: Place, signal: AbortSignal): Promise<LoginStep>
  cancel(account: AccountLink, place: Place): Promise<void>
  phones(account: AccountLink): Promise<readonly LinkedPhone[]>
  logout(account: AccountLink, phone: ExternalId): Promise<void>
}
