import type { Retention } from '../../../contract/retention.ts'
import type { Check, Mode, Rerouting } from '../../../contract/settings.ts'
import type { Db } from '../../db/schema.ts'
import { findSetting, putSetting, putSettingOnce, type SettingRow } from '../../db/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { openParts, type Seal, sealParts } from '../../lib/seal.ts'
import type { MatrixRoad } from '../../providers/matrix-setup.ts'

/** What is set on the page and by the API, by key. Secrets stand beside a value, sealed and by name. */
export interface SettingValues {
  whatsapp_mode: { readonly mode: Mode }
  routing: { readonly rerouting: Rerouting }
  retention: Retention
  matrix_system_config: MatrixSystemValue
  whatsapp_config: CloudValue
  matrix_registration: { readonly id: string; readonly user_prefix: string }
}
export type SettingKey = keyof SettingValues

/** What is secret, or stands in a setting of its own, is not kept with the road. */
type Elsewhere = 'registrationId' | 'asToken' | 'hsToken' | 'adminToken' | 'bridgeSecret' | 'bridgeAsToken'

/** Secrets: `admin_password`, `admin_token`, `bridge_secret`, `bridge_as_token`, each present where it is known. */
export interface MatrixSystemValue {
  readonly road: Omit<MatrixRoad, Elsewhere>
  /** Whether the homeserver knows our application service. */
  readonly appservice: boolean
  readonly admin_login: string
  readonly admin_user_id?: string
  readonly admin_device_id?: string
  readonly checks: readonly Check[]
}

/** Secrets: `access_token`, `app_secret`, `verify_token`, and `earlier_app_secret` after a change. */
export interface CloudValue {
  readonly business_account_id: string
  readonly graph_version: string
  readonly token_expires_at?: string
  readonly checks: readonly Check[]
}

/** A stored setting with its secrets opened. */
export interface Setting<K extends SettingKey> {
  readonly value: SettingValues[K]
  readonly secrets: Readonly<Record<string, string>>
  readonly updatedAt: Date
}

/** Settings of the database. Every change is told to all processes by the topic `settings`, with the key. */
export interface Settings {
  find<K extends SettingKey>(key: K): Promise<Setting<K> | undefined>
  put<K extends SettingKey>(key: K, value: SettingValues[K], secrets?: Readonly<Record<string, string>>): Promise<void>
  /** Keeps the value that is there, if any, and returns the one that stands. */
  putOnce<K extends SettingKey>(key: K, value: SettingValues[K], secrets?: Readonly<Record<string, string>>): Promise<Setting<K>>
  /** The road that new messages take; `classical` until somebody chose. */
  mode(): Promise<Mode>
  setMode(mode: Mode): Promise<void>
  /** Whether beginning a chat on another number has to be confirmed; it has until somebody chose. */
  rerouting(): Promise<Rerouting>
  setRerouting(rerouting: Rerouting): Promise<void>
  /**
   * Takes WHATSAPP_MODE as the first value. Where the setting says otherwise already, the setting stands and the sentence
   * to warn with is returned.
   */
  adoptMode(mode: Mode | undefined): Promise<string | undefined>
}

export function createSettings({ db, seal, clock }: { db: Db; seal: Seal; clock: Clock }): Settings {
  const opened = <K extends SettingKey>(key: K, row: SettingRow): Setting<K> => ({
    // Written by `put` of this file and by nobody else, so its shape is ours.
    value: row.value as SettingValues[K],
    secrets: openParts(seal, 'settings', key, row.sealed),
    updatedAt: row.updated_at,
  })
  const now = () => new Date(clock())

  const settings: Settings = {
    async find(key) {
      const row = await findSetting(db, key)
      return row === undefined ? undefined : opened(key, row)
    },
    async put(key, value, secrets = {}) {
      const setting = { value, sealed: sealParts(seal, 'settings', key, secrets) }
      await db.transaction().execute((tx) => putSetting(tx, key, setting, now()))
    },
    async putOnce(key, value, secrets = {}) {
      return opened(key, await putSettingOnce(db, key, { value, sealed: sealParts(seal, 'settings', key, secrets) }, now()))
    },
    async mode() {
      return (await settings.find('whatsapp_mode'))?.value.mode ?? 'classical'
    },
    async setMode(mode) {
      await settings.put('whatsapp_mode', { mode })
    },
    async rerouting() {
      return (await settings.find('routing'))?.value.rerouting ?? 'confirm'
    },
    async setRerouting(rerouting) {
      await settings.put('routing', { rerouting })
    },
    async adoptMode(mode) {
      if (mode === undefined) return undefined
      const { value } = await settings.putOnce('whatsapp_mode', { mode })
      if (value.mode === mode) return undefined
      return `WHATSAPP_MODE says ${mode}, but the mode was set to ${value.mode} in the settings, and that stands. Change it there, or let WHATSAPP_MODE say ${value.mode}.`
    },
  }
  return settings
}
