import { HttpError } from '../../../lib/http-client.ts'
import { MatrixError } from '../client/wire.ts'

/** What gives rise to the suspicion that pushes were lost, told to whoever listens. */
export interface Signs {
  raise(sign: string): void
  on(hear: (sign: string) => void): () => void
}

export function createSigns(): Signs {
  const listening = new Set<(sign: string) => void>()
  return {
    raise(sign) {
      for (const hear of listening) hear(sign)
    },
    on(hear) {
      listening.add(hear)
      return () => listening.delete(hear)
    },
  }
}

/** The errors by which the homeserver says that it cannot reach us, which is no trouble of its own. */
const oursToMend = ['M_CONNECTION_FAILED', 'M_CONNECTION_TIMEOUT', 'M_BAD_STATUS']

/** What a failed request says of the homeserver; undefined when it is well. Proxies answer for one that is away. */
export function troubleOf(error: unknown): string | undefined {
  if (error instanceof HttpError) {
    return ['unreachable', 'timeout', 'broken'].includes(error.reason) ? 'The homeserver could not be reached for a moment' : undefined
  }
  const isTrouble = error instanceof MatrixError && error.status >= 500 && !oursToMend.includes(error.errcode)
  return isTrouble ? `The homeserver answered with error ${error.status}` : undefined
}
