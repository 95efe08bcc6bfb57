import type { ChannelStatus } from '../../contract/channel.ts'
import type { ExternalId } from '../../contract/ids.ts'
import type { LoginError } from '../../contract/login.ts'
import type { AccountLink } from './accounts.ts'
import type { Fact } from './task.ts'

/** A phone that is linked on the network's side. */
export interface LinkedPhone {
  readonly external: ExternalId
  readonly phone: string
  readonly name: string
  readonly status: ChannelStatus
  readonly detail?: string
}
export interface LoginRequest {
  readonly method: 'qr' | 'phone'
  readonly phone?: string
  /** Link this phone again. */
  readonly again?: ExternalId
}
/** `handle` is opaque and enough to go on after a restart of ours. Times are RFC 3339. */
export type LoginStep =
  | {
      readonly type: 'qr'
      readonly handle: string
      readonly data: string
      readonly expiresAt: string
      readonly number: number
      readonly of: number
    }
  | { readonly type: 'code'; readonly handle: string; readonly code: string; readonly expiresAt: string }
  | { readonly type: 'passkey'; readonly handle: string }
  | { readonly type: 'complete'; readonly phone: LinkedPhone }
  | { readonly type: 'failed'; readonly code: LoginError; readonly detail: string }
/** How a phone is linked. */
export interface LoginFlows {
  start(account: AccountLink, request: LoginRequest, signal: AbortSignal): Promise<LoginStep>
  /** Blocks until the step changes or ends. Exactly one caller per login. Throws only when the network is away: call again. */
  wait(account: AccountLink, handle: string, signal: AbortSignal): Promise<LoginStep>
  cancel(account: AccountLink, handle: string): Promise<void>
}
/** What there is to remember, and the keys of which what was deferred can then be read. */
export interface Learnt {
  readonly facts: readonly Fact[]
  readonly resolved: readonly string[]
}
/** The numbers that are reached through an account. */
export interface Numbers {
  /** Whether the way there works at all. False when it says that it does not, or nobody answers; never throws. */
  isReady?(): Promise<boolean>
  /** The numbers of this account, with their present state. Throws AppError in words where something has to be set right. */
  list(account: AccountLink): Promise<readonly LinkedPhone[]>
  /** Ends our link to it. Absent where there is none to end. */
  logout?(account: AccountLink, phone: ExternalId): Promise<void>
  /** What is said of a number while nobody answers, and of one that is not there any more. */
  readonly words: { readonly away: string; readonly gone: string }
  /**
   * What the inbox has to remember once a phone belongs to a channel, and which deferred events can then go on. Facts whose keys begin
   * with `carried` are taken over from the road on which the number was before.
   */
  attached(account: AccountLink, phone: LinkedPhone): Learnt & { readonly carried?: string }
  /** What it has to remember instead while nobody may see the chats of this phone: whatever comes is then deferred until `attached`. */
  held(phone: LinkedPhone): readonly Fact[]
}
