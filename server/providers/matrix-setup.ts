import type { IntakeMode } from '../../contract/settings.ts'

/**
 * What the Matrix road is set up by: the words of the admin's settings and of the provider that is built from them. A token that is
 * absent was never given or accepted, and this way of acting is not open.
 */
export interface MatrixRoad {
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
  readonly intake: IntakeMode
  /** A text that starts with it is a command to the bridge instead of a message. */
  readonly commandPrefix: string
  /** The device under which every account of ours acts: what makes a repeated send find its first event. */
  readonly deviceId: string
}

/** What an admin typed. A secret that is absent was left out on purpose: the stored one stands. */
export interface SetupInput {
  readonly homeserverUrl: string
  readonly serverName: string
  readonly adminLogin: string
  readonly adminPassword?: string
  readonly bridgeSecret?: string
  readonly bridgeAsToken?: string
  readonly bridgeUrl?: string
  readonly botUserId?: string
  readonly intake?: IntakeMode
}

/** What is stored already, with its secrets opened. */
export interface SetupPrevious {
  readonly adminToken?: string
  readonly adminDeviceId?: string
  readonly bridgeSecret?: string
  readonly bridgeAsToken?: string
  readonly commandPrefix?: string
}

/** Our registration, whether or not the homeserver has loaded it. */
export interface SetupRegistration {
  readonly id: string
  readonly userPrefix: string
  readonly asToken: string
  readonly hsToken: string
  readonly doublePuppetToken?: string
}
