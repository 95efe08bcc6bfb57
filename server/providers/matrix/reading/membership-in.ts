import type { MatrixConfig } from '../config.ts'
import { roomFact, roomKey, toJson } from './facts.ts'
import { type Fields, filled, isFields } from '../../../lib/fields.ts'
import { ignored } from './map-in.ts'
import { ghostIdOf, isOurName } from '../names.ts'
import type { Piece } from './pieces.ts'
import { type Reading, timeOf } from './reading.ts'
import { readState } from '../rooms.ts'
import { taskOf } from '../listening/task-names.ts'

/** Asks for a room to be read as a whole, by an account that is in it; with all that was said there, if `history`. */
export function inspect(reading: Reading, room: string, account: string | undefined, history: boolean, why = 'found'): void {
  if (account !== undefined) reading.task(taskOf({ kind: 'inspect_room', room, history }, account, why))
}

/** Whether this is a membership of one of our accounts. */
export function isOurMember(config: MatrixConfig, event: Fields, account: string | undefined): boolean {
  const key = event['state_key']
  return event['type'] === 'm.room.member' && typeof key === 'string' && (key === account || isOurName(config, key))
}

/**
 * One of our accounts came, went or was invited; only the bridge and its people may invite (safety.md S11b). True when with it the last one
 * has gone, so that the chat is to be told anew.
 */
export function mapOurMember(reading: Reading, roomId: string, event: Fields): boolean {
  const { stateKey: account, content, sender } = readState(event)
  const room = roomFact(reading.facts, roomId)
  switch (content['membership']) {
    case 'invite':
      mapInvite(reading, roomId, account, sender, filled(event['event_id']))
      return false
    case 'join':
      if (room?.accounts.includes(account) !== true) inspect(reading, roomId, account, true, filled(event['event_id']))
      break
    case 'leave':
    case 'ban': {
      if (room?.accounts.includes(account) !== true) break
      const accounts = room.accounts.filter((other) => other !== account)
      if (accounts.length > 0 || room.kind === 'none' || room.login === undefined) {
        reading.learn(roomKey(roomId), toJson({ ...room, accounts }))
        break
      }
      // The bridge says so when the chat was deleted on the phone (protocol/bridge.md 5.1); our copy stays.
      const why = content['reason'] === 'Deleting portal' ? 'deleted_on_phone' : 'left'
      reading.learn(roomKey(roomId), toJson({ ...room, accounts, gone: { why, at: timeOf(event['origin_server_ts']) } }))
      return true
    }
    default:
  }
  reading.item(ignored('m.room.member'))
  return false
}

function mapInvite(reading: Reading, roomId: string, account: string, sender: string, why = 'invited'): void {
  const { config } = reading
  if (sender !== config.botUserId && ghostIdOf(config, sender) === undefined) return reading.item(ignored('foreign_invite'))
  reading.task(taskOf({ kind: 'join_room', room: roomId }, account, why))
  reading.item(ignored('invite'))
}

/** The invite as `/sync` tells it: the room's state in brief, with our own membership in it. */
export function mapInvited(reading: Reading, piece: Extract<Piece, { readonly piece: 'invited' }>): void {
  const own = piece.state
    .filter(isFields)
    .map(readState)
    .find((state) => state.type === 'm.room.member' && state.stateKey === piece.account)
  mapInvite(reading, piece.room, piece.account, own?.sender ?? '')
}

/** An account of ours is in a room: one that we do not know it in has to be read first. */
export function mapJoined(reading: Reading, piece: Extract<Piece, { readonly piece: 'joined' }>): void {
  const room = roomFact(reading.facts, piece.room)
  if (room?.accounts.includes(piece.account) !== true) inspect(reading, piece.room, piece.account, true)
}
