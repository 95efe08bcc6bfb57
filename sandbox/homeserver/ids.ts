import { createHash, randomBytes } from 'node:crypto'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A random string of ASCII letters, as Synapse makes tokens, room ids and media ids. */
export function randomLetters(length: number): string {
  let out = ''
  for (const byte of randomBytes(length)) out += letters[byte % letters.length]
  return out
}

/** An event id of room versions 4 and later: `$` and an unpadded URL-safe SHA-256, here over random bytes. */
export function newEventId(): string {
  return `$${createHash('sha256').update(randomBytes(32)).digest('base64url')}`
}

/** A room id; from room version 12 on it has no server part (protocol/homeserver.md 3.4). */
export function newRoomId(serverName: string, version: string): string {
  return version === '12' ? `!${createHash('sha256').update(randomBytes(32)).digest('base64url')}` : `!${randomLetters(18)}:${serverName}`
}

/** Localpart and domain of a Matrix user id; undefined when it is none. */
export function splitUserId(userId: string): { localpart: string; domain: string } | undefined {
  const colon = userId.indexOf(':')
  if (!userId.startsWith('@') || colon < 1 || colon === userId.length - 1) return undefined
  return { localpart: userId.slice(1, colon), domain: userId.slice(colon + 1) }
}
