import { sql } from 'kysely'
import type { ExternalId } from '../../contract/ids.ts'
import type { Template } from '../../contract/template.ts'
import { recordset } from './rows.ts'
import type { Reads } from './read/viewer.ts'
import type { Tx } from './schema.ts'

/** An account on a network: what templates belong to. */
export interface TemplateOwner {
  readonly provider: string
  readonly account: ExternalId
}
export type TemplateRow = Template & { readonly id: string }
export type TemplateChange = { readonly id: string } & Partial<Pick<Template, 'category' | 'status' | 'quality' | 'reason'>>

/** Makes these the templates of an account, and no others. */
export async function replaceTemplates(tx: Tx, { provider, account }: TemplateOwner, templates: readonly TemplateRow[]): Promise<void> {
  const ids = templates.map((template) => template.id)
  await sql`delete from templates where provider = ${provider} and account = ${account} and id <> all(${ids}::text[])`.execute(tx)
  const rows = templates.map(({ quality = null, reason = null, ...row }) => ({ ...row, quality, reason }))
  await sql`insert into templates (provider, account, ${sql.raw(Object.keys(columns).join(', '))})
    select ${provider}, ${account}, ${sql.raw(Object.keys(columns).join(', '))} from ${recordset(rows, columns)}
    on conflict (provider, account, id) do update set name = excluded.name, language = excluded.language, category = excluded.category,
      status = excluded.status, quality = excluded.quality, reason = excluded.reason, components = excluded.components`.execute(tx)
}

const columns = {
  id: 'text',
  name: 'text',
  language: 'text',
  category: 'text',
  status: 'text',
  quality: 'text',
  reason: 'text',
  components: 'jsonb',
}

export async function changeTemplate(tx: Tx, { provider, account }: TemplateOwner, { id, ...change }: TemplateChange): Promise<void> {
  if (Object.keys(change).length === 0) return
  await tx
    .updateTable('templates')
    .set(change)
    .where('provider', '=', provider)
    .where('account', '=', account)
    .where('id', '=', id)
    .execute()
}

export async function deleteTemplate(tx: Tx, { provider, account }: TemplateOwner, id: string): Promise<void> {
  await tx.deleteFrom('templates').where('provider', '=', provider).where('account', '=', account).where('id', '=', id).execute()
}

export async function findTemplate(
  db: Reads,
  { provider, account }: TemplateOwner,
  { name, language }: Pick<Template, 'name' | 'language'>,
): Promise<Template | undefined> {
  return (await listTemplates(db, { provider, account })).find((one) => one.name === name && one.language === language)
}

/** The templates of an account, by name and language. */
export async function listTemplates(db: Reads, { provider, account }: TemplateOwner): Promise<readonly Template[]> {
  const rows = await db
    .selectFrom('templates')
    .select(['name', 'language', 'category', 'status', 'quality', 'reason', 'components'])
    .where('provider', '=', provider)
    .where('account', '=', account)
    .orderBy('name')
    .orderBy('language')
    .execute()
  return rows.map(({ quality, reason, ...row }) => ({
    ...row,
    ...(quality === null ? {} : { quality }),
    ...(reason === null ? {} : { reason }),
  }))
}
