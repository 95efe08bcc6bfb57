import type { LabelId } from '../../../contract/ids.ts'
import type { LabelInput, LabelPatch } from '../../../contract/label.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import { relabelSome } from '../../db/labels.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import type { RunJob } from '../jobs.ts'
import { refuseTaken } from './taken.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
}

const atOnce = 200
const taken = { labels_name: { pointer: '/name', detail: 'There is a label of this name already.' } }

/** Defines a label, once under a claim. Throws conflict for a name that is taken, whatever its letter case. */
export async function createLabel({ db, clock, newId }: Deps, input: LabelInput, claim: Claim | null): Promise<LabelId> {
  if (claim !== null && claim.made !== null) return claim.made as LabelId
  const id = newId<LabelId>('label')
  const making = transact(db, async (tx) => {
    await tx
      .insertInto('labels')
      .values({ id, ...input, created_at: new Date(clock()) })
      .execute()
    await makeOnce(tx, claim, id)
  })
  await refuseTaken(making, taken)
  return id
}

/** Changes a label; conversations follow by a durable job, piece by piece. Throws not_found, and conflict for a name that is taken. */
export async function updateLabel({ db, clock, newId }: Deps, id: LabelId, patch: LabelPatch): Promise<void> {
  const changing = transact(db, async (tx) => {
    const { name } = await getLabel(tx, id)
    if (Object.keys(patch).length > 0) await tx.updateTable('labels').set(patch).where('id', '=', id).execute()
    if (patch.name !== undefined && patch.name !== name) await relabel(tx, { label: id, from: name }, newId, new Date(clock()))
  })
  await refuseTaken(changing, taken)
}

/** Deletes a label; conversations lose it by a durable job, piece by piece. Throws not_found. */
export async function deleteLabel({ db, clock, newId }: Deps, id: LabelId): Promise<void> {
  await transact(db, async (tx) => {
    const { name } = await getLabel(tx, id)
    await tx.deleteFrom('labels').where('id', '=', id).execute()
    await relabel(tx, { label: id, from: name }, newId, new Date(clock()))
  })
}

/** The job that brings a former name of a label to where the label stands now. */
export function createRelabel({ db, clock }: Pick<Deps, 'db' | 'clock'>): RunJob {
  return async (job, signal) => {
    const former = job.payload as unknown as Former
    do signal.throwIfAborted()
    while (await transact(db, (tx) => relabelSome(tx, former, new Date(clock()), atOnce)))
  }
}

/** What a label was called. */
interface Former {
  readonly [key: string]: string
  readonly label: LabelId
  readonly from: string
}

/** A job of its own each time: one that runs already may have passed conversations by. */
async function relabel(tx: Tx, former: Former, newId: NewId, now: Date): Promise<void> {
  await insertJobsOnce(tx, [{ kind: 'relabel', key: newId('label'), payload: former }], now)
}

async function getLabel(tx: Tx, id: LabelId): Promise<{ readonly name: string }> {
  const label = await tx.selectFrom('labels').select('name').where('id', '=', id).forUpdate().executeTakeFirst()
  if (label === undefined) throw new AppError('not_found', 'There is no such label.')
  return label
}
