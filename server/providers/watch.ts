import type { ExternalId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'
import type { Target, Task } from './task.ts'

/** How it is noticed that the network may have lost some of what it should have pushed (`protocol/homeserver.md` 13.4). */
export interface Watch {
  /** The stream of what is pushed. */
  readonly stream: string
  /** Tells of each sign that this process meets in its requests and in what is pushed to it, in a sentence. Returns how to hear no more. */
  onSign(hear: (sign: string) => void): () => void
  /** Ends, by throwing, when the connection to the network breaks or the signal aborts. */
  listen(signal: AbortSignal): Promise<never>
  /**
   * Makes the network push something to us. `place` is what was returned the last time, null at first. Throws when it cannot.
   */
  sing(place: Json | null, signal: AbortSignal): Promise<Json>
  /** Asks the network to send what it holds back since it could not reach us: by itself it waits longer and longer. Throws when it is away. */
  nudge(signal: AbortSignal): Promise<void>
  /** Whether a fact that events wait for says by its absence that something before them was missed. */
  isMissed(waitsFor: string): boolean
  /** The task that looks up what the network has said of a message that we have sent. */
  lookUp(account: ExternalId, target: Target): Task
}
