import { isKnownCode } from './api-error.ts'

/** What can go wrong in the bridge on demand. Each leg plays some kinds only; see `playable`. */
export type BridgeFault = {
  leg: Leg
  kind: string
  count: number
  /** Length of a delay. */
  ms?: number
  /** Code that a failed login ends with. */
  errcode?: string
  match?: { method?: string; path?: string }
}

/** Calls of the provisioning API, logins, Matrix → WhatsApp, WhatsApp → Matrix, status events, state pushes. */
export type Leg = 'provisioning' | 'login' | 'message' | 'inbound' | 'status' | 'state'

/** The faults of a bridge, taken one by one as it works. */
export type BridgeFaults = {
  add: (fault: {
    leg?: string
    kind: string
    count: number
    ms?: number
    errcode?: string
    match?: { method?: string; path?: string }
  }) => void
  clear: () => void
  list: () => BridgeFault[]
  take: (leg: Leg, request?: { method: string; path: string }) => BridgeFault | undefined
}

const playable: Record<Leg, readonly string[]> = {
  provisioning: ['drop', 'delay', '429', '5xx', 'reset_after_accept'],
  login: ['fail'],
  message: ['drop', 'delay', 'fail', 'refuse'],
  inbound: ['drop', 'delay', 'duplicate'],
  status: ['drop', 'delay', 'duplicate', 'reorder'],
  state: ['drop', 'delay', 'duplicate', 'reorder'],
}

function isLeg(leg: string | undefined): leg is Leg {
  return leg !== undefined && leg in playable
}

/** No faults yet. `add` throws a plain sentence for what cannot be played. */
export function createBridgeFaults(): BridgeFaults {
  let faults: BridgeFault[] = []
  return {
    add(fault) {
      const { leg } = fault
      if (!isLeg(leg)) throw new Error(`leg of the bridge is one of ${Object.keys(playable).join(', ')}`)
      if (!playable[leg].includes(fault.kind)) throw new Error(`on leg ${leg} the bridge plays ${playable[leg].join(', ')}`)
      if (leg === 'login' && !isKnownCode(fault.errcode ?? '')) throw new Error('a failing login needs errcode, one that the bridge has')
      if (!Number.isInteger(fault.count) || fault.count < 1) throw new Error('count must be a whole number from 1')
      faults.push({ ...fault, leg })
    },
    clear: () => void (faults = []),
    list: () => faults.map((fault) => ({ ...fault })),
    take(leg, request) {
      const fault = faults.find((each) => each.leg === leg && matches(each, request))
      if (fault === undefined) return undefined
      fault.count -= 1
      if (fault.count === 0) faults = faults.filter((each) => each !== fault)
      return fault
    },
  }
}

function matches(fault: BridgeFault, request: { method: string; path: string } | undefined): boolean {
  if (fault.match === undefined || request === undefined) return true
  if (fault.match.method !== undefined && fault.match.method.toUpperCase() !== request.method) return false
  return fault.match.path === undefined || request.path.includes(fault.match.path)
}
