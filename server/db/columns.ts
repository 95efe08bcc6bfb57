import type { ColumnType } from 'kysely'

export type Time = ColumnType<Date, Date | string, Date | string>
export type Json<T> = ColumnType<T, string, string>
/** Counted by the database; read as text, because it may pass 2^53. */
export type Counted = ColumnType<string, never, never>
