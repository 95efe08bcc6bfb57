/**
 * What the road through Meta's Cloud API is set up by: the words of the admin's settings and of the provider that is built from them
 * (`protocol/meta.md` 1).
 */
export interface CloudRoad extends CloudHosts {
  /** `v25.0`. */
  readonly graphVersion: string
  readonly businessAccountId: string
  readonly accessToken: string
  /** Any of them may have signed a delivery, so that it can be changed without losing one. */
  readonly appSecrets: readonly string[]
  readonly verifyToken: string
}

/** Where the API and its files are; other than Meta's own only for the sandbox and for tests. */
export interface CloudHosts {
  /** `https://graph.facebook.com`, without a slash at the end. */
  readonly graphUrl: string
  /** Origins besides `graphUrl` that files come from, and the token may be shown to. */
  readonly mediaOrigins: readonly string[]
}

/** What the account is and has, as it was found when the settings were saved. */
export interface CloudFound {
  readonly numbers: readonly CloudNumber[]
  /** RFC 3339; absent for a token that never ends, or where it is not told. */
  readonly tokenExpiresAt?: string
}
export interface CloudNumber {
  /** `phone_number_id`. */
  readonly id: string
  /** Digits, international. */
  readonly phone: string
  readonly name: string
}
