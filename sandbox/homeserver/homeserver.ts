import type { RoomVersion } from './create-room.ts'
import type { Core } from './core.ts'
import type { Typing } from './ephemeral.ts'
import type { Router } from './http.ts'
import type { MediaFiles } from './media.ts'
import type { Push } from './push.ts'
import type { Transactions } from './txns.ts'

/** What a test may set to Synapse's defaults. */
export type Limits = {
  /** Logins per IP address: `perSecond` refill and `burst` (Synapse: 0.003 and 5); null is no limit. */
  login: { perSecond: number; burst: number } | null
  /** Largest upload in bytes (Synapse: 52,428,800). */
  uploadBytes: number
  /** The version of a room that names none. */
  roomVersion: RoomVersion
}

/** What the routes are made of. */
export type Parts = {
  core: Core
  router: Router
  typing: Typing
  push: Push
  txns: Transactions
  media: MediaFiles
  limits: Limits
  closing: AbortSignal
}
