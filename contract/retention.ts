import Type, { type Static } from 'typebox'
import { strict } from './schema.ts'

const Days = Type.Integer({ minimum: 1, maximum: 36_500 })

/**
 * After how many days what was said and its files are deleted, `null` for never: messages by when they were sent, files by when they came
 * here. Contacts and conversations stay. `audit_days` is how long the audit log is kept.
 */
export const Retention = strict({
  messages_days: Type.Union([Days, Type.Null()]),
  media_days: Type.Union([Days, Type.Null()]),
  audit_days: Days,
})
export type Retention = Static<typeof Retention>
