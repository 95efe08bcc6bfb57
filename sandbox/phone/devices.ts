import type { NetworkRow, NetworkState } from './network-state.ts'
import type { DeviceEvent, PassingEvent } from './types.ts'

/** The program behind a linked device. `handle` resolves when the event is taken for good; one that throws is handed over again at the next connect. */
export type DeviceHandler = { handle(event: DeviceEvent): Promise<void>; pass(event: PassingEvent): void }

export type Devices = {
  /** Queues an event for each linked device of the phone except the one that caused it. */
  tell(phone: string, event: DeviceEvent, except?: string): void
  /** Tells connected devices of the phone something that nobody keeps. */
  pass(phone: string, event: PassingEvent, except?: string): void
  passTo(id: string, event: PassingEvent): void
  connect(id: string, handler: DeviceHandler): () => void
}

function firstBut(refused: Set<number>, queue: Map<number, DeviceEvent> | undefined): [number, DeviceEvent] | undefined {
  for (const entry of queue ?? []) if (!refused.has(entry[0])) return entry
  return undefined
}

/** Queues of linked devices: in order, kept until acknowledged, pumped while the device is connected (protocol/bridge.md 8.4). */
export function createDevices(world: { state: NetworkState; commit(row: NetworkRow): void; log(text: string): void }): Devices {
  const { state, commit, log } = world
  const connected = new Map<string, { handler: DeviceHandler; wake(): void }>()

  function linked(phone: string, except: string | undefined) {
    return [...state.devices.values()].filter((device) => device.phone === phone && device.gone === undefined && device.id !== except)
  }

  function connect(id: string, handler: DeviceHandler) {
    let running = true
    let pumping = false
    const refused = new Set<number>()
    async function pump() {
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
    const connection = { handler, wake: () => void setImmediate(pump) }
    connected.set(id, connection)
    connection.wake()
    return () => {
      running = false
      if (connected.get(id) === connection) connected.delete(id)
    }
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
    connect,
  }
}
