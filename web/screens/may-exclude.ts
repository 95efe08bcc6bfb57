import type { Channel } from '../../contract/channel.ts'
import type { User } from '../../contract/user.ts'

/** Whether this person decides which chats of a number are kept out of the inbox: its owner, and an admin where it has none. */
export function mayExclude({ id, role }: User, { owner_id }: Channel): boolean {
  return owner_id === undefined ? role === 'admin' : owner_id === id
}
