import type { NetworkRow, NetworkState } from './network-state.ts'
import type { Device, DeviceEvent, DeviceHandler, PassingEvent } from './types.ts'

/** Linked devices: what waits for each, and which are connected. */
export type Devices = {
  /** Queues an event for each linked device of the phone except the one that caused it. */
  tell: (phone: string, event: DeviceEvent, except?: string) => void
  /** Tells connected devices of the phone something that nobody keeps. */
  pass: (phone: string, event: PassingEvent, except?: string) => void
  /** The same to one device, linked or not. */
  passTo: (id: string, event: PassingEvent) => void
  /** Connects a device's program; what waits is handed over in order. Gives the way to disconnect. */
  connect: (id: string, handler: DeviceHandler) => () => void
}

type World = { state: NetworkState; commit: (row: NetworkRow) => void; log: (text: string) => void }

/** Queues of linked devices: in order, kept until acknowledged, pumped while the device is connected (protocol/bridge.md 8.4). */
export function createDevices(world: World): Devices {
  const { state, commit } = world
  const connected = new Map<string, { handler: DeviceHandler; wake: () => void }>()

  function linked(phone: string, except: string | undefined): Device[] {
    const devices = (state.devicesOf.get(phone) ?? []).flatMap((id) => state.devices.get(id) ?? [])
    return devices.filter((device) => device.gone === undefined && device.id !== except)
  }

  return {
    tell(phone, event, except) {
      for (const device of linked(phone, except)) {
        commit({ t: 'queued', device: device.id, n: state.lastQueued + 1, event })
        connected.get(device.id)?.wake()
      }
    },
    pass(phone, event, except) {
      for (const device of linked(phone, except)) connected.get(device.id)?.handler.pass(event)
    },
    passTo: (id, event) => connected.get(id)?.handler.pass(event),
    connect(id, handler) {
      const pump = createPump(world, id, handler)
      const connection = { handler, wake: pump.wake }
      connected.set(id, connection)
      pump.wake()
      return () => {
        pump.stop()
        if (connected.get(id) === connection) connected.delete(id)
      }
    },
  }
}

/** Hands one device's events over, one after another; those it would not take wait for the next connect. */
function createPump({ state, commit, log }: World, id: string, handler: DeviceHandler): { wake: () => void; stop: () => void } {
  const refused = new Set<number>()
  let running = true
  let pumping = false

  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    for (;;) {
      const next = running ? firstBut(refused, state.queues.get(id)) : undefined
      if (next === undefined) break
      try {
        await handler.handle(next[1])
        if (running) commit({ t: 'acked', device: id, n: next[0] })
      } catch (error) {
        refused.add(next[0])
        if (running) log(`device ${id} did not take ${next[1].kind} ${next[0]}: ${String(error)}`)
      }
    }
    pumping = false
  }

  return {
    // Later, not now: who caused the event finishes its own notes first.
    wake: () => void setImmediate(() => void pump()),
    stop: () => void (running = false),
  }
}

function firstBut(refused: Set<number>, queue: Map<number, DeviceEvent> | undefined): [number, DeviceEvent] | undefined {
  for (const entry of queue ?? []) if (!refused.has(entry[0])) return entry
  return undefined
}
