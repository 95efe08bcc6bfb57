import type { CannedReplyInput, CannedReplyPatch } from '../../../contract/canned-reply.ts'
import type { CannedReplyId, LabelId } from '../../../contract/ids.ts'
import type { LabelInput, LabelPatch } from '../../../contract/label.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { getCannedReply, getLabel, listCannedReplies, listLabels } from '../../db/read/wording.ts'
import type { Claim } from '../../inbox/idempotency.ts'
import type { UserActor } from '../../inbox/people/access.ts'
import type { Register } from '../register.ts'

/** What is done to canned replies and labels. Each throws not_found for what is not there, conflict for a name that is taken. */
export interface WordingDeeds {
  createCannedReply(actor: UserActor, input: CannedReplyInput, claim: Claim | null): Promise<CannedReplyId>
  updateCannedReply(actor: UserActor, id: CannedReplyId, patch: CannedReplyPatch): Promise<void>
  deleteCannedReply(actor: UserActor, id: CannedReplyId): Promise<void>
  createLabel(input: LabelInput, claim: Claim | null): Promise<LabelId>
  updateLabel(id: LabelId, patch: LabelPatch): Promise<void>
  deleteLabel(id: LabelId): Promise<void>
}

/** The words that colleagues have in common. */
export function wordingRoutes(on: Register, { team, readDb }: { team: WordingDeeds; readDb: Reads }): void {
  on('listCannedReplies', ({ actor, query }) => listCannedReplies(readDb, actor.id, query))
  on('createCannedReply', async ({ actor, body, request }) =>
    getCannedReply(readDb, await team.createCannedReply(actor, body, request.claim)),
  )
  on('updateCannedReply', async ({ actor, params, body }) => {
    await team.updateCannedReply(actor, params.canned_reply_id, body)
    return getCannedReply(readDb, params.canned_reply_id)
  })
  on('deleteCannedReply', async ({ actor, params }) => {
    await team.deleteCannedReply(actor, params.canned_reply_id)
    return undefined
  })

  on('listLabels', ({ query }) => listLabels(readDb, query))
  on('createLabel', async ({ body, request }) => getLabel(readDb, await team.createLabel(body, request.claim)))
  on('updateLabel', async ({ params, body }) => {
    await team.updateLabel(params.label_id, body)
    return getLabel(readDb, params.label_id)
  })
  on('deleteLabel', async ({ params }) => {
    await team.deleteLabel(params.label_id)
    return undefined
  })
}
