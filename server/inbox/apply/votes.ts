import { sql } from 'kysely'
import type { FoundMessage } from '../../db/messages.ts'
import { toJsonb } from '../../lib/json.ts'
import type { InboundEvent } from '../../providers/provider.ts'
import type { Applying } from './context.ts'

/** What somebody chooses in a poll now. Each person has one choice, the latest; an empty one stays, so that no older one comes back. */
export async function applyVote(applying: Applying, poll: FoundMessage, vote: Extract<InboundEvent, { type: 'vote' }>): Promise<boolean> {
  const contact = vote.sender.isUs ? null : (applying.people.get(vote.sender.id) ?? null)
  const options = toJsonb(vote.options)
  // What they chose while they were known as somebody else.
  await sql`delete from poll_votes v using contacts c where v.message_id = ${poll.id} and v.at <= ${vote.at}
    and c.id = v.contact_id and c.merged_into = ${contact}`.execute(applying.tx)
  const { numAffectedRows } = await sql`insert into poll_votes (message_id, sender, contact_id, options, external_id, at)
    values (${poll.id}, ${contact ?? 'us'}, ${contact}, ${options}::jsonb, ${vote.id}, ${vote.at})
    on conflict (message_id, sender) do update set options = excluded.options, external_id = excluded.external_id, at = excluded.at
    where poll_votes.at <= excluded.at and poll_votes.external_id <> excluded.external_id`.execute(applying.tx)
  return numAffectedRows === 1n
}
