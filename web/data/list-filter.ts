import type { Call } from '../../contract/api.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { ChannelId, UserId } from '../../contract/ids.ts'

/** The ways to look at the list, as the address names them. */
export const listViews = ['mine', 'unassigned', 'all', 'snoozed', 'closed'] as const
export type ListView = (typeof listViews)[number]

/** Which conversations a list shows: one view, narrowed by what is chosen besides. */
export interface ListFilter {
  readonly view: ListView
  readonly unread?: boolean | undefined
  readonly label?: string | undefined
  readonly assignee?: UserId | undefined
  readonly number?: ChannelId | undefined
}

/** The same for equal filters, so that what was read under one is found again. */
export function filterKey({ view, unread, label, assignee, number }: ListFilter): string {
  return JSON.stringify([view, unread === true, label ?? '', assignee ?? '', number ?? ''])
}

/** Whether anything but the view narrows the list. */
export function isNarrowed({ unread, label, assignee, number }: ListFilter): boolean {
  return unread === true || [label, assignee, number].some((part) => part !== undefined)
}

/** Whether a conversation stands in this list for this person; the server decides the same by `filterQuery`. */
export function matchesFilter(conversation: Conversation, filter: ListFilter, me: UserId): boolean {
  const { unread, label, assignee, number } = filter
  if (!isInView(conversation, filter.view, me)) return false
  if (unread === true && conversation.unread_count === 0) return false
  if (label !== undefined && !conversation.labels.includes(label)) return false
  if (assignee !== undefined && conversation.assignee_id !== assignee) return false
  return number === undefined || conversation.channel_id === number
}

function isInView({ status, assignee_id }: Conversation, view: ListView, me: UserId): boolean {
  switch (view) {
    case 'mine':
      return status === 'open' && assignee_id === me
    case 'unassigned':
      return status === 'open' && assignee_id === undefined
    case 'all':
      return status === 'open'
    case 'snoozed':
    case 'closed':
      return status === view
  }
}

/** How the server is asked for this list. */
export function filterQuery({ view, unread, label, assignee, number }: ListFilter): NonNullable<Call<'listConversations'>['query']> {
  const who = view === 'mine' ? 'me' : view === 'unassigned' ? 'none' : assignee
  return {
    status: view === 'snoozed' || view === 'closed' ? view : 'open',
    ...(who === undefined ? {} : { assignee: who }),
    ...(unread === true ? { unread } : {}),
    ...(label === undefined ? {} : { label }),
    ...(number === undefined ? {} : { channel_id: number }),
  }
}
