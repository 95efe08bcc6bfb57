import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import { loadFacts } from '../../db/inbound.ts'
import type { DbOrTx } from '../../db/schema.ts'
import { AppError } from '../../lib/errors.ts'
import type { Limits } from '../../providers/provider.ts'
import type { FindLine, Line } from '../channels/connections.ts'
import type { Place } from '../people/access.ts'

/** The line out of a channel. Throws channel_not_connected. */
export async function getLine({ findLine }: { readonly findLine: FindLine }, channel: ChannelId): Promise<Line> {
  return openOnly(await findLine(channel))
}

/** The line as it was found, if anything can go out by it. Throws channel_not_connected. */
export function openOnly(line: Line | undefined): Line {
  if (line?.channel.isOpen === true) return line
  throw new AppError('channel_not_connected', 'The number of this conversation is not connected. Connect it again, then send.')
}

/** What the network takes in a conversation, or in one that is still to be begun. */
export async function limitsOf(db: DbOrTx, { connection, channel }: Line, conversation: ExternalId | null): Promise<Limits> {
  if (conversation === null) return connection.limits(null)
  const key = connection.limitsKey(conversation)
  const facts = await loadFacts(db, channel.provider, [key])
  return connection.limits(facts.get(key) ?? null)
}

/** Whether one may write freely now, where that ends some time after the contact has written. A chat that is still to be begun has no window. */
export function isWindowOpen({ windowed }: Pick<Limits, 'windowed'>, place: Pick<Place, 'window_closes_at'> | null, now: number): boolean {
  return windowed !== true || (place?.window_closes_at?.getTime() ?? 0) > now
}

/** So long a network that is away is waited for before its own limit is left out of account, in milliseconds. */
const askMs = 3_000

/** What can be sent in a conversation: as the network takes it, and as the way there lets it pass. */
export async function sendLimitsOf(db: DbOrTx, line: Line, conversation: ExternalId | null): Promise<Limits> {
  const limits = await limitsOf(db, line, conversation)
  const largest = await line.connection.largestFile?.(AbortSignal.timeout(askMs)).catch(() => undefined)
  if (largest === undefined) return limits
  const files = Object.entries(limits.files).map(([type, file]) => [type, { ...file, max_bytes: Math.min(file.max_bytes, largest) }])
  return { ...limits, files: Object.fromEntries(files) as Limits['files'] }
}
