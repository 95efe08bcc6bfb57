import type { MatrixRoad } from '../matrix-setup.ts'

/** Everything that the Matrix road is configured by. */
export interface MatrixConfig extends MatrixRoad {
  /** The one account of a road without any settings: nobody else is ours, and each portal itself says who its bridge is. */
  readonly alone?: string
}

/** What does not depend on the installation. */
export const matrixDefaults = {
  userPrefix: 'crm_',
  ghostPrefix: 'whatsapp_',
  commandPrefix: '!wa',
  deviceId: 'MISTOKINBOX',
  intake: 'push_and_sync',
} as const satisfies Partial<MatrixConfig>

/** Names the attempt in the content of what we send, so that the echo is known (protocol/homeserver.md 3.4). */
export const attemptKey = 'org.mistok.attempt'

/** The bridge marks with it what it sends in our name: typed on the phone. It must never stand in what we send. */
export const puppetKey = 'fi.mau.double_puppet_source'
