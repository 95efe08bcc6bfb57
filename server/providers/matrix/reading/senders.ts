import type { ExternalId } from '../../../../contract/ids.ts'
import type { Picture, Sender } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { ghostFact, type Known, type RoomFact } from './facts.ts'
import { ghostIdOf, identityOfGhost, isOurName } from '../names.ts'
import { isOwnGhost } from '../rooms.ts'

/**
 * Who wrote in a chat: a contact or our own number. Undefined for the bridge itself, whose words are no messages, and for
 * everybody who has no business there (safety.md S11b).
 */
export function senderOf(config: MatrixConfig, facts: Known, room: RoomFact, userId: string): Sender | undefined {
  const id = userId as ExternalId
  if (userId === config.botUserId) return undefined
  const ghost = ghostIdOf(config, userId)
  if (ghost !== undefined) return ghostSender(facts, id, ghost, isOwnGhost(config, room, userId))
  return isOurName(config, userId) || room.accounts.includes(userId) ? { id, isUs: true } : undefined
}

/** A person of the bridge, with what their ghost's id and display name tell. */
export function ghostSender(facts: Known, id: ExternalId, ghostId: string, isUs: boolean): Sender {
  const { name, phone, picture } = ghostFact(facts, id)
  return {
    id,
    isUs,
    ...(phone === undefined ? {} : { phone }),
    ...identityOfGhost(ghostId),
    ...(name === undefined ? {} : { displayName: name }),
    ...(picture === undefined ? {} : { picture: pictureAt(picture) }),
  }
}

/** The picture at an address, which is empty where there is none. */
export function pictureAt(address: string): Picture {
  return address === '' ? null : { url: address }
}
