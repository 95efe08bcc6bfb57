import type { PacedLine } from '../../db/outbox.ts'
import { type PaceReason, paceSpans, type PaceUse } from '../../db/pace.ts'

/** A line that has to wait, for what, and until when at least, in milliseconds. */
export interface Waiting {
  readonly line: PacedLine
  readonly reason: PaceReason
  readonly until: number
}

/**
 * Which lines may go now, in their order, and which wait (product.md 5). Each that waits is promised a time of its own, so that it is not
 * looked at again and again; when its time has come it is counted again, because a server may have slept meanwhile. Deeds, and what was
 * begun before, wait for nothing. Pure.
 */
export function paced(
  due: readonly PacedLine[],
  uses: readonly PaceUse[],
  now: number,
): { readonly go: readonly PacedLine[]; readonly wait: readonly Waiting[] } {
  const taken = new Map(uses.map((use) => [keyOf(use.channel_id, use.reason), { use, begun: [...use.begun], promised: [...use.promised] }]))
  const go: PacedLine[] = []
  const wait: Waiting[] = []
  for (const line of due) {
    const counts = limitsOn(line).flatMap((reason) => taken.get(keyOf(line.channel_id, reason)) ?? [])
    const free = counts.map((count) => {
      const isPromised = line.held_for === count.use.reason
      const times = isPromised ? count.begun : [...count.begun, ...count.promised]
      return { count, at: freeAt(times, count.use.limit, paceSpans[count.use.reason], now) }
    })
    const last = free.reduce<(typeof free)[number] | undefined>((later, one) => (one.at > (later?.at ?? now) ? one : later), undefined)
    if (last === undefined) {
      go.push(line)
      for (const { begun } of counts) begun.push(now)
    } else {
      last.count.promised.push(last.at)
      wait.push({ line, reason: last.count.use.reason, until: last.at })
    }
  }
  return { go, wait }
}

function limitsOn(line: PacedLine): readonly PaceReason[] {
  if (line.kind === 'deed' || !line.fresh) return []
  return line.opens_chat ? ['messages_per_minute', 'new_chats_per_day'] : ['messages_per_minute']
}

/** The first moment at which one more may go so that within no span there are more than `limit`; after a whole span where the limit is 0. */
export function freeAt(times: readonly number[], limit: number, spanMs: number, now: number): number {
  if (limit <= 0) return now + spanMs
  const nth = times.toSorted((a, b) => b - a)[limit - 1]
  return nth === undefined ? now : Math.max(now, nth + spanMs)
}

function keyOf(channel: string, reason: string): string {
  return `${channel} ${reason}`
}
