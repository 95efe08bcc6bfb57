import type { MatrixConfig } from './config.ts'

type Names = Pick<MatrixConfig, 'serverName' | 'userPrefix' | 'ghostPrefix' | 'botUserId' | 'alone'>

/** The part of a user id before our server's name; undefined for users of other servers. */
function localpartOf(config: Names, userId: string): string | undefined {
  const end = `:${config.serverName}`
  return userId.startsWith('@') && userId.endsWith(end) ? userId.slice(1, -end.length) : undefined
}

/** Whether this user id lies in our exclusive namespace, or is the one account of its road. */
export function isOurName(config: Names, userId: string): boolean {
  if (config.alone !== undefined) return userId === config.alone
  return localpartOf(config, userId)?.startsWith(config.userPrefix) === true
}

/** The account of ours that watches over the pushes. It is nobody's and takes part in no chat. */
export function sentinelOf(config: Pick<Names, 'serverName' | 'userPrefix'>): string {
  return `@${config.userPrefix}_sentinel:${config.serverName}`
}

/** The bridge's id of a person (`380501234567`, `lid-123…`); undefined for users who are not ghosts. */
export function ghostIdOf(config: Names, userId: string): string | undefined {
  if (userId === config.botUserId) return undefined
  const local = localpartOf(config, userId)
  return local?.startsWith(config.ghostPrefix) === true ? local.slice(config.ghostPrefix.length) : undefined
}

export function ghostUserId(config: Names, ghostId: string): string {
  return `@${config.ghostPrefix}${ghostId}:${config.serverName}`
}

/** The ghost of a WhatsApp address (protocol/bridge.md 4.1); undefined where the address is no person. */
export function ghostIdOfAddress(address: string): string | undefined {
  const person = /^(\d{5,20})(?::\d+)?@(s\.whatsapp\.net|lid)$/.exec(address)
  if (person === null) return undefined
  return person[2] === 'lid' ? `lid-${person[1]}` : person[1]
}

/** The part before a ghost's id in a user id of this server, if it ends as ghosts' do. */
export function ghostPrefixOf(config: Names, userId: string): string | undefined {
  return /^(.*?)(?:lid-\d{5,20}|[1-9]\d{6,14})$/.exec(localpartOf(config, userId) ?? '')?.[1]
}

/** What a ghost's id tells about its person: the phone, or the hidden id that stands for it. */
export function identityOfGhost(ghostId: string): { readonly phone?: string; readonly hiddenId?: string } {
  if (/^[1-9]\d{6,14}$/.test(ghostId)) return { phone: `+${ghostId}` }
  const hidden = /^lid-(\d{5,20})$/.exec(ghostId)
  return hidden === null ? {} : { hiddenId: `${hidden[1]}@lid` }
}

const longestName = 256

/**
 * A ghost's display name, taken apart: the bridge writes the phone behind it, `Олена [+380…]` by the template that we
 * recommend, and `(WA)` by its own (protocol/bridge.md 4.3, 4.4).
 */
export function readDisplayName(raw: string): { readonly name?: string; readonly phone?: string } {
  const whole = raw.slice(0, longestName).replace(/ \(WA\)$/, '')
  const behind = /[[(] ?(\+\d[\d ().-]{5,22}\d) ?[\])]$/.exec(whole)
  const phone = behind?.[1] ?? /^\+\d[\d ().-]{5,22}\d$/.exec(whole)?.[0]
  const digits = phone?.replace(/\D/g, '')
  const name = (behind === null ? whole : whole.slice(0, behind.index)).trim()
  return {
    ...(name === '' ? {} : { name }),
    ...(digits !== undefined && /^[1-9]\d{6,14}$/.test(digits) ? { phone: `+${digits}` } : {}),
  }
}
