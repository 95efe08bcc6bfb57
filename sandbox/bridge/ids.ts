import { findByLid, phoneOf, type Network } from '../phone/network.ts'
import { parsePhone } from '../phone/numbers.ts'
import type { Chat } from '../phone/types.ts'

/** Names that the bridge gives to people and chats (protocol/bridge.md 4.1). People are phones inside, hidden ids outside. */
export type Ids = {
  /** `lid-<n>`, or the digits of one who still goes by the number */
  ghostId: (phone: string) => string
  /** `@whatsapp_<ghost id>:server` */
  ghostMxid: (phone: string) => string
  /** The phone behind a ghost's user id, if it is one. */
  phoneOfMxid: (mxid: string) => string | undefined
  jid: (chat: Chat) => string
  chat: (jid: string) => Chat | undefined
  /** The phone that an identifier of the provisioning API names: number, jid, `lid-…` or ghost user id. */
  phoneOfIdentifier: (identifier: string) => string | undefined
}

/** The jid of a chat with somebody who goes by the number. */
export function numberJid(phone: string): string {
  return `${phone}@s.whatsapp.net`
}

export function createIds(network: Network, serverName: string): Ids {
  const prefix = '@whatsapp_'
  const lid = (phone: string) => phoneOf(network, phone).lid
  const byNumber = (phone: string) => phoneOf(network, phone).by_number
  const byLid = (text: string) => findByLid(network, text)?.phone

  function phoneOfGhostId(id: string): string | undefined {
    return id.startsWith('lid-') ? byLid(id.slice(4)) : parsePhone(id)
  }

  const ids: Ids = {
    ghostId: (phone) => (byNumber(phone) ? phone : `lid-${lid(phone)}`),
    ghostMxid: (phone) => `${prefix}${ids.ghostId(phone)}:${serverName}`,
    phoneOfMxid: (mxid) =>
      mxid.startsWith(prefix) && mxid.endsWith(`:${serverName}`)
        ? phoneOfGhostId(mxid.slice(prefix.length, -serverName.length - 1))
        : undefined,
    jid: (chat) => chat.group ?? (byNumber(chat.peer ?? '') ? numberJid(chat.peer ?? '') : `${lid(chat.peer ?? '')}@lid`),
    chat(jid) {
      if (jid.endsWith('@g.us')) return { group: jid }
      const peer = ids.phoneOfIdentifier(jid)
      return peer === undefined ? undefined : { peer }
    },
    phoneOfIdentifier(identifier) {
      if (identifier.startsWith('@')) return ids.phoneOfMxid(identifier)
      if (identifier.startsWith('lid-')) return byLid(identifier.slice(4))
      if (identifier.endsWith('@lid')) return byLid(identifier.slice(0, -4))
      return parsePhone(identifier.replace(/@s\.whatsapp\.net$/, ''))
    },
  }
  return ids
}
