import type { ExternalId } from '../../contract/ids.ts'

/** An account on the network that is ours to act as. */
export interface AccountLink {
  readonly external: ExternalId
  readonly secrets: Readonly<Record<string, string>>
}
export interface AccountRequest {
  /** The name that the account gets; chosen and stored before it is asked for, so that a repeat asks for the same. */
  readonly name: string
  readonly displayName: string
  /** Random and stored before; used only where the network wants a password. */
  readonly password: string
}
export interface Accounts {
  /**
   * Makes the account where it is missing, revives it where its session has ended, and returns what to keep. Idempotent under races and
   * crashes. Throws AppError in words that say what to do where it cannot.
   */
  ensure(request: AccountRequest, known: AccountLink | null, signal: AbortSignal): Promise<AccountLink>
}

/** How it is known that the network has ended the session of an account, which `Accounts.ensure` then revives. */
export interface Sessions {
  /** Whether the session of this account lives. Asks nobody where none is needed to act as it. Throws when the network is away. */
  lives(account: AccountLink, signal: AbortSignal): Promise<boolean>
  /** Whether it was by the end of the session that something failed. */
  endedBy(error: unknown): boolean
}
