import type { Db, Tx } from './schema.ts'

/** Whose key it is, and its text. */
export interface IdempotencyKey {
  readonly principal: string
  readonly key: string
}
/** A request that has its key. `startedAt` tells it from one that takes the key over later. */
export interface Claim extends IdempotencyKey {
  readonly startedAt: Date
}

/** Takes a key that nobody has used. */
export async function claimKey(db: Db, { principal, key, startedAt }: Claim, requestHash: Buffer): Promise<boolean> {
  const result = await db
    .insertInto('idempotency_keys')
    .values({ principal, key, request_hash: requestHash, status: null, body: null, object_id: null, created_at: startedAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function findKey(db: Db, { principal, key }: IdempotencyKey) {
  return db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'status', 'body', 'created_at'])
    .where('principal', '=', principal)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** Takes a key over from the request that began at `since`, with what that one has made; undefined when somebody else was quicker. */
export async function takeKeyOver(db: Db, claim: Claim, since: Date): Promise<{ readonly object_id: string | null } | undefined> {
  return db
    .updateTable('idempotency_keys')
    .set({ created_at: claim.startedAt })
    .where('principal', '=', claim.principal)
    .where('key', '=', claim.key)
    .where('created_at', '=', since)
    .where('status', 'is', null)
    .returning('object_id')
    .executeTakeFirst()
}

/** Notes in the transaction of the deed what it makes. False when the key was taken over: then it must not be made. */
export async function noteMade(tx: Tx, claim: Claim, objectId: string): Promise<boolean> {
  const result = await tx
    .updateTable('idempotency_keys')
    .set({ object_id: objectId })
    .where('principal', '=', claim.principal)
    .where('key', '=', claim.key)
    .where('created_at', '=', claim.startedAt)
    .where('object_id', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Keeps the answer, unless the key was taken over meanwhile. */
export async function keepAnswer(db: Db, claim: Claim, answer: { status: number; body: string }): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set(answer)
    .where('principal', '=', claim.principal)
    .where('key', '=', claim.key)
    .where('created_at', '=', claim.startedAt)
    .execute()
}

/** Gives the key back as unused, unless something was made under it. */
export async function releaseKey(db: Db, claim: Claim): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('principal', '=', claim.principal)
    .where('key', '=', claim.key)
    .where('created_at', '=', claim.startedAt)
    .where('object_id', 'is', null)
    .execute()
}

/** Forgets a key that began at `since`, whatever became of it. */
export async function forgetKey(db: Db, { principal, key }: IdempotencyKey, since: Date): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('principal', '=', principal)
    .where('key', '=', key)
    .where('created_at', '=', since)
    .execute()
}
