import type { IntakeMode } from '../../../contract/settings.ts'

/** Everything that the Matrix road is configured by. A token that is absent means that this way of acting is not open. */
export interface MatrixConfig {
  readonly homeserverUrl: string
  readonly serverName: string
  /** Our application service's tokens: `asToken` is what we say, `hsToken` what the homeserver says to us. */
  readonly asToken?: string
  readonly hsToken?: string
  /** The id of our registration. */
  readonly registrationId?: string
  /** Our exclusive namespace is `@<userPrefix>.*:<serverName>`. */
  readonly userPrefix: string
  readonly adminToken?: string
  readonly botUserId: string
  /** The bridge's people are `@<ghostPrefix><ghost id>:<serverName>`. */
  readonly ghostPrefix: string
  readonly bridgeUrl?: string
  /** The bridge's `provisioning.shared_secret`. */
  readonly bridgeSecret?: string
  /** The token of the bridge's registration, by which its state reports are known. */
  readonly bridgeAsToken?: string
  /** The one account of a road without any settings: nobody else is ours, and each portal itself says who its bridge is. */
  readonly alone?: string
  readonly intake: IntakeMode
  /** A text that starts with it is a command to the bridge instead of a message. */
  readonly commandPrefix: string
  /** The device under which every account of ours acts: what makes a repeated send find its first event. */
  readonly deviceId: string
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
