import type { DoublePuppets } from './double-puppet.ts'
import type { BridgeFaults } from './faults.ts'
import type { Ghosts } from './ghosts.ts'
import type { Homeserver } from './homeserver.ts'
import type { Ids } from './ids.ts'
import type { Lanes } from './lanes.ts'
import type { BridgeConfig, WhatsApp } from './options.ts'
import type { SendDevices } from './send-devices.ts'
import type { ServerFeatures } from './server-features.ts'
import type { States } from './states.ts'
import type { Statuses } from './status.ts'
import type { Store } from './store.ts'

/** The parts of a running bridge that its handlers work with. */
export type Bridge = {
  config: BridgeConfig
  whatsapp: WhatsApp
  store: Store
  homeserver: Homeserver
  features: ServerFeatures
  ids: Ids
  ghosts: Ghosts
  puppets: DoublePuppets
  sendDevices: SendDevices
  states: States
  statuses: Statuses
  faults: BridgeFaults
  /** Order within a portal, by its key or room. */
  lanes: Lanes
  clock: () => number
  log: (text: string) => void
  closing: AbortSignal
}
