import type { Role } from '../../../contract/user.ts'
import type { SettingsSection } from '../../router.ts'

/** The sections in their order, those that belong together side by side. */
const groups: readonly (readonly SettingsSection[])[] = [
  ['numbers', 'roads', 'cloud', 'system', 'account'],
  ['people', 'labels', 'canned'],
  ['keys', 'retention', 'audit'],
  ['profile'],
]

/** Those that an agent may see as well. */
const forEverybody: readonly SettingsSection[] = ['numbers', 'account', 'canned', 'profile']

/** The sections of the settings that somebody with this role may see, by group. */
export function mySectionGroups(role: Role): readonly (readonly SettingsSection[])[] {
  const mine = groups.map((group) => group.filter((name) => role === 'admin' || forEverybody.includes(name)))
  return mine.filter((group) => group.length > 0)
}

/** All of them in one row. */
export const mySections = (role: Role): readonly SettingsSection[] => mySectionGroups(role).flat()
