import type { ExternalId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'

/** Work to do later, durably and at least once. Two tasks of one key are one task. */
export interface Task {
  readonly kind: string
  readonly key: string
  /** The account to act as, as the network names it. */
  readonly account?: ExternalId
  readonly payload: Json
  /** How often it has been tried, this time included. */
  readonly tries?: number
}

/** A message, as the network names it. */
export interface Target {
  readonly conversation: ExternalId
  readonly message: ExternalId
}

/** Something to be remembered, by key: a whole new value, or null to forget it. */
export interface Fact {
  readonly key: string
  readonly value: Json
}
