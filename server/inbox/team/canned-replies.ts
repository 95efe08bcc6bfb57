import type { CannedReplyInput, CannedReplyPatch } from '../../../contract/canned-reply.ts'
import type { CannedReplyId } from '../../../contract/ids.ts'
import type { Db, DbOrTx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import { isAdmin, type UserActor } from '../people/access.ts'
import { refuseTaken } from './taken.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
}

const detail = 'There is a reply with this shortcut already.'
const taken = { canned_replies_team: { pointer: '/shortcut', detail }, canned_replies_personal: { pointer: '/shortcut', detail } }

/** Keeps a reply, once under a claim. Throws forbidden for the team's unless by an admin, conflict for a shortcut that is taken within its scope. */
export async function createCannedReply(
  { db, clock, newId }: Deps,
  actor: UserActor,
  { access, ...words }: CannedReplyInput,
  claim: Claim | null,
): Promise<CannedReplyId> {
  if (claim !== null && claim.made !== null) return claim.made as CannedReplyId
  if (access === 'team' && !isAdmin(actor)) throw forAdmins()
  const id = newId<CannedReplyId>('canned_reply')
  const now = new Date(clock())
  const making = transact(db, async (tx) => {
    const owner_id = access === 'team' ? null : actor.id
    await tx
      .insertInto('canned_replies')
      .values({ id, ...words, owner_id, created_at: now, updated_at: now })
      .execute()
    await makeOnce(tx, claim, id)
  })
  await refuseTaken(making, taken)
  return id
}

/** Throws not_found for what is another's, forbidden and conflict as `createCannedReply`. */
export async function updateCannedReply({ db, clock }: Deps, actor: UserActor, id: CannedReplyId, patch: CannedReplyPatch): Promise<void> {
  await checkMayChange(db, actor, id)
  const row = { ...patch, updated_at: new Date(clock()) }
  await refuseTaken(db.updateTable('canned_replies').set(row).where('id', '=', id).execute(), taken)
}

/** Throws not_found for what is another's, forbidden for the team's unless by an admin. */
export async function deleteCannedReply({ db }: Deps, actor: UserActor, id: CannedReplyId): Promise<void> {
  await checkMayChange(db, actor, id)
  await db.deleteFrom('canned_replies').where('id', '=', id).execute()
}

async function checkMayChange(db: DbOrTx, actor: UserActor, id: CannedReplyId): Promise<void> {
  const reply = await db.selectFrom('canned_replies').select('owner_id').where('id', '=', id).executeTakeFirst()
  if (reply === undefined || (reply.owner_id !== null && reply.owner_id !== actor.id))
    throw new AppError('not_found', 'There is no such canned reply.')
  if (reply.owner_id === null && !isAdmin(actor)) throw forAdmins()
}

function forAdmins(): AppError {
  return new AppError('forbidden', 'Only an admin may change replies of the whole team.')
}
