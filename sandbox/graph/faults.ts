/** What can go wrong on demand, on requests to the API and on deliveries to the webhook. */
export type GraphFault = { leg: 'api' | 'webhook'; kind: string; count: number; ms?: number; match?: { method?: string; path?: string } }

export type GraphFaults = {
  add: (fault: { leg?: string; kind: string; count: number; ms?: number; match?: { method?: string; path?: string } }) => void
  clear: () => void
  list: () => GraphFault[]
  take: (leg: GraphFault['leg'], kinds?: readonly string[], request?: { method: string; path: string }) => GraphFault | undefined
}

const playable: Record<GraphFault['leg'], readonly string[]> = {
  api: ['drop', 'delay', '429', '5xx', 'reset_after_accept', 'status_first'],
  webhook: ['delay', 'duplicate', 'reorder', 'batch', 'wrong_signature', 'unknown', 'from_absent', 'from_empty', 'huge'],
}

/** No faults yet. `add` throws a plain sentence for what cannot be played. */
export function createGraphFaults(): GraphFaults {
  let faults: GraphFault[] = []
  return {
    add(fault) {
      const leg = fault.leg ?? 'api'
      if (leg !== 'api' && leg !== 'webhook') throw new Error('leg of graph is api or webhook')
      if (!playable[leg].includes(fault.kind)) throw new Error(`on leg ${leg} graph plays ${playable[leg].join(', ')}`)
      if (!Number.isInteger(fault.count) || fault.count < 1) throw new Error('count must be a whole number from 1')
      faults.push({ ...fault, leg })
    },
    clear: () => void (faults = []),
    list: () => faults.map((fault) => ({ ...fault })),
    take(leg, kinds, request) {
      const fault = faults.find((each) => each.leg === leg && (kinds?.includes(each.kind) ?? true) && matches(each, request))
      if (fault === undefined) return undefined
      fault.count -= 1
      if (fault.count === 0) faults = faults.filter((each) => each !== fault)
      return fault
    },
  }
}

function matches({ match }: GraphFault, request: { method: string; path: string } | undefined): boolean {
  if (match === undefined || request === undefined) return true
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false
  return match.path === undefined || request.path.includes(match.path)
}
