import type { ExternalId, ChannelId } from '../../../contract/ids.ts'
import type { Template } from '../../../contract/template.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { listTemplates } from '../../db/templates.ts'
import { AppError } from '../../lib/errors.ts'
import { type Actor, visibleChannelIds } from '../people/access.ts'

/** The templates that can be sent from a number, or may be later; none where it needs none. Throws not_found for what the actor may not use. */
export async function listTemplatesFor(db: Reads, actor: Actor, channel: ChannelId): Promise<readonly Template[]> {
  if (!(await visibleChannelIds(db, actor)).includes(channel)) throw new AppError('not_found', 'There is no such number.')
  const account = await db
    .selectFrom('channels as c')
    .innerJoin('accounts as a', 'a.id', 'c.account_id')
    .select(['a.provider', 'a.external_id as account'])
    .where('c.id', '=', channel)
    .executeTakeFirst()
  if (account === undefined || account.account === null) return []
  return listTemplates(db, { provider: account.provider, account: account.account as ExternalId })
}
