import type { Appservice } from './appservices.ts'
import type { Notifier } from './notifier.ts'
import type { RoomEvent, Room, User } from './state.ts'
import type { Store } from './store.ts'
import { notFound } from './errors.ts'

/** What every part of the homeserver works with. */
export type Core = {
  serverName: string
  store: Store
  services: readonly Appservice[]
  notifier: Notifier
  /**
   * Whether sign-in is left to a Matrix Authentication Service: `strict` has nothing of it here, `compat` passes sign-in by password on to
   * the service. No token that one gets so has the scope of the admin API (protocol/homeserver.md 4).
   */
  authentication: 'own' | 'strict' | 'compat'
  clock: () => number
  log: (line: string) => void
  /** Called after an event is kept, before the request is answered. */
  onEvent(event: RoomEvent): void
  /** Called with an ephemeral event of a room in the shape that appservices receive. */
  onEphemeral(roomId: string, event: Record<string, unknown>): void
}

/** A local user that is known to exist. */
export function getUser(core: Core, userId: string): User {
  const user = core.store.state.users.get(userId)
  if (user === undefined) throw notFound('User not found')
  return user
}

/** A room by its id; undefined when this server does not know it. */
export function findRoom(core: Core, roomId: string): Room | undefined {
  return core.store.state.rooms.get(roomId)
}
