import { addMembers, type GroupMember, removeMember, replaceMembers } from '../../db/members.ts'
import { countGroupSoon } from '../../db/receipts.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { type Applying, channelOf, conversationKey, type Conversations, ofType } from './context.ts'

/** Who is in which group now. Coming and going are facts about a group, not messages in it. */
export async function applyMembers(applying: Applying, events: readonly InboundEvent[], conversations: Conversations): Promise<void> {
  for (const event of ofType(events, 'conversation', 'member')) {
    const channelId = channelOf(applying, event.channel)
    const group = conversations.get(conversationKey({ channel_id: channelId, external_id: event.conversation }))
    if (group?.current !== true || !(await change(applying, group.id, event))) continue
    await countGroupSoon(applying.tx, group.id, applying.now)
    applying.changes.push({ type: 'conversation.updated', objectId: group.id, channelId })
  }
}

async function change(
  applying: Applying,
  group: Parameters<typeof addMembers>[1],
  event: Extract<InboundEvent, { type: 'conversation' | 'member' }>,
): Promise<boolean> {
  if (event.type === 'conversation') {
    return (
      event.members !== undefined &&
      replaceMembers(
        applying.tx,
        group,
        event.members.flatMap((person) => memberOf(applying, person)),
        applying.now,
      )
    )
  }
  const { tx, now } = applying
  return event.joined ? addMembers(tx, group, memberOf(applying, event.person), now) : removeMember(tx, group, event.person.id)
}

function memberOf(applying: Applying, person: Sender): readonly GroupMember[] {
  const contact = applying.people.get(person.id)
  return contact === undefined || person.isUs ? [] : [{ external_id: person.id, contact_id: contact }]
}
