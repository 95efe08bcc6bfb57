import type { Db, Tx } from './schema.ts'

const attempts = 5

/** A transaction that is run again when the database chose it to break a deadlock (SQLSTATE class 40). */
export async function transact<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (!code.startsWith('40') || attempt === attempts) throw error
    }
  }
}
