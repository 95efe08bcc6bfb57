import type { MediaStore } from '../phone/media.ts'
import type { Network } from '../phone/network.ts'
import type { Pairings } from '../phone/pairing.ts'

/** WhatsApp as the control API drives it. */
export type World = { network: Network; pairings: Pairings; media: MediaStore }
