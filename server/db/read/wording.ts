import { type Selectable, sql } from 'kysely'
import type { CannedReply } from '../../../contract/canned-reply.ts'
import type { CannedReplyId, LabelId, UserId } from '../../../contract/ids.ts'
import type { Label } from '../../../contract/label.ts'
import { AppError } from '../../lib/errors.ts'
import type { TeamTables } from '../team-schema.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads } from './viewer.ts'

function toCannedReply({ id, shortcut, title, text, owner_id, ...times }: Selectable<TeamTables['canned_replies']>): CannedReply {
  return {
    id,
    shortcut,
    title,
    text,
    access: owner_id === null ? 'team' : 'personal',
    ...present('owner_id', owner_id),
    created_at: times.created_at.toISOString(),
    updated_at: times.updated_at.toISOString(),
  }
}

function toLabel({ id, name, colour, created_at }: Selectable<TeamTables['labels']>): Label {
  return { id, name, colour, created_at: created_at.toISOString() }
}

/** The team's canned replies and this person's own, in the order in which they were made. */
export async function listCannedReplies(
  db: Reads,
  user: UserId,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<CannedReply>> {
  let query = db
    .selectFrom('canned_replies')
    .selectAll()
    .where(sql<boolean>`(owner_id is null or owner_id = ${user})`)
    .orderBy('id')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor, ['id'])[0] as CannedReplyId)
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.id]),
    (rows) => rows.map(toCannedReply),
  )
}

/** Throws not_found. Whose it is was asked before. */
export async function getCannedReply(db: Reads, id: CannedReplyId): Promise<CannedReply> {
  const row = await db.selectFrom('canned_replies').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such canned reply.')
  return toCannedReply(row)
}

/** Labels in the order in which they were made. */
export async function listLabels(db: Reads, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<Label>> {
  let query = db
    .selectFrom('labels')
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('id', '>', decodeCursor(cursor, ['id'])[0] as LabelId)
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.id]),
    (rows) => rows.map(toLabel),
  )
}

/** Throws not_found. */
export async function getLabel(db: Reads, id: LabelId): Promise<Label> {
  const row = await db.selectFrom('labels').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such label.')
  return toLabel(row)
}
