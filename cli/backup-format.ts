import Type, { type Static } from 'typebox'
import { Check as matches } from 'typebox/value'
import { ConfigError } from '../server/lib/config-error.ts'

/** The first entry of a backup: what it is made of. */
const Manifest = Type.Object({
  format: Type.Literal(1),
  made_at: Type.String(),
  /** The newest migration of the database. */
  migration: Type.String(),
  tables: Type.Array(Type.Object({ name: Type.String(), columns: Type.Array(Type.String()) })),
  /** Whether the sealing key is in it, or was configured and has to be so again. */
  key: Type.Union([Type.Literal('included'), Type.Literal('configured')]),
})
export type Manifest = Static<typeof Manifest>

/** The entries of a backup, a tar file. Rows stand in pieces of a table each, in the order of the tables; `end.json` says that it is whole. */
export const entries = {
  manifest: 'manifest.json',
  key: 'secret.key',
  rows: (table: string, piece: number) => `tables/${table}/${String(piece).padStart(6, '0')}`,
  media: (id: string) => `media/${id}`,
  end: 'end.json',
} as const

/** Throws ConfigError for what is no manifest. */
export function parseManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (!matches(Manifest, value)) throw new ConfigError(['This is no backup that this Mistok can read.'])
  return value
}

/** The parts of an entry's name; undefined for what a backup does not have. */
export function parseEntry(name: string): { readonly kind: 'rows' | 'media'; readonly of: string } | undefined {
  const [, table] = /^tables\/([a-z_]+)\/\d{6,}$/.exec(name) ?? []
  if (table !== undefined) return { kind: 'rows', of: table }
  const [, media] = /^media\/(med_[0-9a-z]+)$/.exec(name) ?? []
  return media === undefined ? undefined : { kind: 'media', of: media }
}
