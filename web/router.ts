import type { ChannelId, ConversationId, MessageId, UserId } from '../contract/ids.ts'
import { type ListFilter, type ListView, listViews } from './data/list-filter.ts'

/** Every address of the page, so that no other file spells one. */
export const paths = {
  inbox: '/inbox',
  setup: '/setup',
  invite: '/invite',
  conversation: (id: ConversationId) => `/inbox/${id}`,
  connect: '/connect',
  ops: '/ops',
  settings: '/settings',
  settingsSection: (section: SettingsSection) => `/settings/${section}`,
} as const

export const settingsSections = [
  'numbers',
  'account',
  'people',
  'labels',
  'canned',
  'roads',
  'cloud',
  'system',
  'keys',
  'retention',
  'audit',
  'profile',
] as const
export type SettingsSection = (typeof settingsSections)[number]

/** The pattern under which each screen is shown. */
export const patterns = {
  inbox: '/inbox/:view?/:id?',
  setup: '/setup',
  invite: '/invite',
  connect: '/connect',
  ops: '/ops',
  settings: '/settings/:section?',
} as const

/** What the address says of the inbox: which list, which conversation is open, at which message, and what is searched for. */
export interface Place extends ListFilter {
  readonly id?: ConversationId | undefined
  readonly message?: MessageId | undefined
  readonly q: string
}

interface PlaceParts {
  readonly view?: string | undefined
  readonly id?: string | undefined
}

/** Reads the inbox's address. The view of all is not named, so `/inbox/cnv_…` opens a conversation in it; what is unknown is left out. */
export function parsePlace({ view: first, id: second }: PlaceParts, search: string): Place {
  const view = listViews.find((name) => name === first)
  const id = view === undefined ? first : second
  const query = new URLSearchParams(search)
  const part = <Id extends string>(name: string, prefix: string) => {
    const value = query.get(name)
    return value?.startsWith(prefix) === true ? (value as Id) : undefined
  }
  return {
    view: view ?? 'all',
    id: id?.startsWith('cnv_') === true ? (id as ConversationId) : undefined,
    message: part<MessageId>('m', 'msg_'),
    q: query.get('q') ?? '',
    unread: query.get('unread') === '1',
    label: query.get('label') ?? undefined,
    assignee: part<UserId>('assignee', 'usr_'),
    number: part<ChannelId>('number', 'chn_'),
  }
}

/** The place of an address as the browser has it, before anything is drawn; none outside of the inbox. */
export function placeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Place | undefined {
  const [, screen, view, id] = pathname.split('/')
  return `/${screen ?? ''}` === paths.inbox ? parsePlace({ view, id }, search) : undefined
}

/** The address of a place in the inbox. */
export function placeAddress({ view = 'all', id, message, q, unread, label, assignee, number }: Partial<Place>): string {
  const query = new URLSearchParams()
  const parts = { q, unread: unread === true ? '1' : '', label, assignee, number, m: message }
  for (const [name, value] of Object.entries(parts)) if (value) query.set(name, value)
  const path = [paths.inbox, ...(view === 'all' ? [] : [view satisfies ListView]), ...(id ? [id] : [])].join('/')
  return query.size > 0 ? `${path}?${query}` : path
}
