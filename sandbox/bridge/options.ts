import type { BridgeFaults } from './faults.ts'
import type { Network } from '../phone/network.ts'
import type { MediaStore } from '../phone/media.ts'
import type { Pairings } from '../phone/pairing.ts'

/** WhatsApp as the bridge reaches it. */
export type WhatsApp = { network: Network; pairings: Pairings; media: MediaStore }

/** The bridge's configuration; the names follow its example config (protocol/bridge.md 12.4). */
export type BridgeOptions = {
  homeserverUrl: string
  serverName: string
  port: number
  host?: string
  asToken: string
  hsToken: string
  senderLocalpart: string
  botUsername?: string
  sharedSecret: string
  allowMatrixAuth?: boolean
  commandPrefix?: string
  /** Exact user id, then server name, then `*`. Default: everybody of our server is `user`, the others are blocked. */
  permissions?: Record<string, 'block' | 'user' | 'admin'>
  maxLogins?: number
  whatsapp: WhatsApp
  statusEndpoint?: string
  checkpointEndpoint?: string
  /** The `as_token` of a second registration; without it there is no double puppeting. */
  doublePuppetToken?: string
  /** Every login has rooms of its own; nothing else is imitated. */
  splitPortals?: true
  messageStatusEvents?: boolean
  backfill?: { enabled: boolean; maxInitialMessages: number; dispatchWaitMs?: number }
  /** Factor on every waiting time of the real bridge; 1 is real time. */
  timeScale?: number
  /** A bridge from before v0.11 stands there instead. */
  legacy?: true
  /** File of the append-only journal; without it everything is forgotten at the end. */
  journal?: string
  /** What goes wrong on demand. */
  faults?: BridgeFaults
  log: (text: string) => void
}

/** The options with every default filled in. */
export type BridgeConfig = Required<
  Omit<BridgeOptions, 'statusEndpoint' | 'checkpointEndpoint' | 'doublePuppetToken' | 'journal' | 'faults' | 'legacy'>
> &
  Pick<BridgeOptions, 'statusEndpoint' | 'checkpointEndpoint' | 'doublePuppetToken' | 'journal' | 'legacy'> & { bot: string }

/** Fills in the defaults; they are those of protocol/bridge.md 12.4. */
export function configOf(options: BridgeOptions): BridgeConfig {
  const botUsername = options.botUsername ?? 'whatsappbot'
  return {
    host: '127.0.0.1',
    allowMatrixAuth: true,
    commandPrefix: '!wa',
    permissions: { '*': 'block', [options.serverName]: 'user' },
    maxLogins: Infinity,
    splitPortals: true,
    messageStatusEvents: true,
    timeScale: 1,
    ...options,
    backfill: { enabled: true, maxInitialMessages: 100, dispatchWaitMs: 0, ...options.backfill },
    botUsername,
    bot: `@${botUsername}:${options.serverName}`,
  }
}
