import { objectOf } from './json.ts'
import type { Call, Homeserver } from './homeserver.ts'
import type { BridgeConfig } from './options.ts'

/** The content key that tells "sent from the phone" from "sent by an application" (protocol/bridge.md 3.3). */
export const puppetSource = { 'fi.mau.double_puppet_source': 'mautrix-whatsapp' }

/** Acting as the Matrix users themselves through a second registration (protocol/bridge.md 3.3). */
export type DoublePuppets = {
  /** How to act as this user, or undefined when double puppeting is off for it. A failed check is remembered until `retry`. */
  find: (mxid: string) => Promise<Pick<Call, 'as' | 'token'> | undefined>
  retry: (mxid: string) => void
}

export function createDoublePuppets(deps: { config: BridgeConfig; homeserver: Homeserver; log: (text: string) => void }): DoublePuppets {
  const token = deps.config.doublePuppetToken
  const checked = new Map<string, Promise<boolean>>()

  async function check(mxid: string): Promise<boolean> {
    if (token === undefined || !mxid.endsWith(`:${deps.config.serverName}`)) return false
    try {
      const answer = await deps.homeserver.call('GET', '/_matrix/client/v3/account/whoami', { as: mxid, token })
      return objectOf(answer)['user_id'] === mxid
    } catch (error) {
      deps.log(`no double puppeting for ${mxid}: ${String(error)}`)
      return false
    }
  }

  return {
    async find(mxid) {
      const known = checked.get(mxid) ?? check(mxid)
      checked.set(mxid, known)
      return (await known) && token !== undefined ? { as: mxid, token } : undefined
    },
    retry: (mxid) => void checked.delete(mxid),
  }
}
