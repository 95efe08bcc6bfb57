/** A shorter loss of the connection is not worth a word, in milliseconds. */
const LOST_MS = 2_000
/** After so long it is said that what is shown is old. */
const OFFLINE_MS = 10_000
/** For so long it is said that the connection is back. */
const BACK_MS = 2_000

/** What is known of the connection; times in milliseconds. */
export interface ConnectionFacts {
  readonly isLost: boolean
  /** The device itself says that it has no network. */
  readonly isOffline: boolean
  /** Since when it is lost or back. */
  readonly since: number
  /** Whether the loss before was long enough to be said. */
  readonly wasSaid: boolean
}

export type ConnectionWord = 'lost' | 'offline' | 'back'

/** What is to be said of the connection, and in how many milliseconds that may change. */
export function connectionWord(
  facts: ConnectionFacts,
  now: number,
): { readonly word: ConnectionWord | undefined; readonly nextIn: number | undefined } {
  const { isLost, isOffline, since, wasSaid } = facts
  const passed = now - since
  if (isOffline) return { word: 'offline', nextIn: undefined }
  if (!isLost) {
    const isNews = wasSaid && passed < BACK_MS
    return { word: isNews ? 'back' : undefined, nextIn: isNews ? BACK_MS - passed : undefined }
  }
  if (passed < LOST_MS) return { word: undefined, nextIn: LOST_MS - passed }
  return passed < OFFLINE_MS ? { word: 'lost', nextIn: OFFLINE_MS - passed } : { word: 'offline', nextIn: undefined }
}
