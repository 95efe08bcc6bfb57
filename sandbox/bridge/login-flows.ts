import { randomBytes } from 'node:crypto'
import { unlinkDevice } from '../phone/linking.ts'
import { phoneOf } from '../phone/network.ts'
import type { PairResult } from '../phone/pairing.ts'
import type { Bridge } from './bridge.ts'
import type { Clients } from './clients.ts'
import { startProcess, type LoginProcess } from './login-process.ts'
import type { Login } from './store.ts'

/** The logins under way. */
export type LoginFlows = {
  /** Starts a login; `override` is the account that it renews. */
  start: (mxid: string, flow: string, override?: Login) => LoginProcess
  find: (id: string) => LoginProcess | undefined
}

/** The flows as the bridge lists them. */
export const loginFlows = [
  { name: 'QR', description: 'Scan a QR code to pair the bridge to your WhatsApp account', id: 'qr' },
  {
    name: 'Pairing code',
    description: 'Input your phone number to get a pairing code, to pair the bridge to your WhatsApp account',
    id: 'phone',
  },
]

const xidAlphabet = '0123456789abcdefghijklmnopqrstuv'

export function createLoginFlows(bridge: Bridge, clients: Clients): LoginFlows {
  const processes = new Map<string, LoginProcess>()
  return {
    find: (id) => processes.get(id),
    start(mxid, flow, override) {
      const id = Array.from(randomBytes(20), (byte) => xidAlphabet[byte % 32]).join('')
      const process = startProcess(
        {
          id,
          mxid,
          pairings: bridge.whatsapp.pairings,
          timeScale: bridge.config.timeScale,
          failure: () => bridge.faults.take('login')?.errcode,
          finish: (result) => keepLogin(bridge, clients, { mxid, result, override }),
          ended: () => processes.delete(id),
        },
        flow,
        override?.id,
      )
      processes.set(id, process)
      return process
    },
  }
}

/** A linked device becomes an account; whoever had the number before loses it (protocol/bridge.md 1.7). */
function keepLogin(
  bridge: Bridge,
  clients: Clients,
  linked: { mxid: string; result: Extract<PairResult, { ok: true }>; override: Login | undefined },
): string {
  const { mxid, result, override } = linked
  const { network } = bridge.whatsapp
  const before = bridge.store.logins.get(result.phone)
  if (before !== undefined) {
    clients.disconnect(before.id)
    if (before.mxid !== mxid) clients.remove(before, 'LOGIN_OVERRIDDEN_ANOTHER_USER', false)
    unlinkDevice(network, before.device, 'replaced')
  }
  const login: Login = { id: result.phone, mxid, device: result.device, name: phoneOf(network, result.phone).name ?? '' }
  bridge.store.commit({ t: 'login', login })
  if (override !== undefined && override.id !== login.id) clients.remove(override, 'LOGIN_OVERRIDDEN', true)
  clients.connect(login)
  return login.id
}
