import type { ConversationId } from '../contract/ids.ts'

/** Every address of the page, so that no other file spells one. */
export const paths = {
  inbox: '/inbox',
  conversation: (id: ConversationId) => `/inbox/${id}`,
  connect: '/connect',
  settings: '/settings',
  settingsSection: (section: SettingsSection) => `/settings/${section}`,
} as const

export const settingsSections = ['numbers', 'people', 'keys', 'roads', 'cloud', 'system', 'profile'] as const
export type SettingsSection = (typeof settingsSections)[number]

/** The pattern under which each screen is shown. */
export const patterns = { inbox: '/inbox/:id?', connect: '/connect', settings: '/settings/:section?' } as const
