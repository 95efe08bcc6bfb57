import type { Role } from '../../../contract/user.ts'
import { type SettingsSection, settingsSections } from '../../router.ts'

/** Those that an agent may see as well. */
const forEverybody: readonly SettingsSection[] = ['numbers', 'account', 'canned', 'profile']

/** The sections of the settings that somebody with this role may see. */
export function mySections(role: Role): readonly SettingsSection[] {
  return settingsSections.filter((name) => role === 'admin' || forEverybody.includes(name))
}
