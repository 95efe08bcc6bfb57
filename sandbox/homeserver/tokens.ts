import { badRequest } from './errors.ts'

/** A place in the streams of the server; typing is counted in memory only, so it starts at 0 after each start. */
export type StreamToken = { room: number; typing: number; receipt: number; account: number }

/** A sync token in the shape of Synapse: `s<events>_<presence>_<typing>_<receipts>_<account data>_…`. */
export function formatToken(token: StreamToken): string {
  return `s${token.room}_0_${token.typing}_${token.receipt}_${token.account}_0_0_0_0_0_0_0`
}

/** A pagination token: the place just after the event at `stream`, with its depth. */
export function formatPageToken(depth: number, stream: number, token: StreamToken): string {
  return `t${depth}-${stream}_0_${token.typing}_${token.receipt}_${token.account}_0_0_0_0_0_0_0`
}

/** Reads both kinds of token; anything else is 400 M_UNKNOWN (protocol/homeserver.md 2.3). */
export function parseToken(text: string): StreamToken {
  const [room = '', ...rest] = text.split('_')
  const match = /^(?:s|t-?\d+-)(\d+)$/.exec(room)
  if (match === null || rest.some((part) => !/^\d+$/.test(part))) throw badRequest(`Invalid stream token`)
  const [, typing = '0', receipt = '0', account = '0'] = rest
  return { room: Number(match[1]), typing: Number(typing), receipt: Number(receipt), account: Number(account) }
}
