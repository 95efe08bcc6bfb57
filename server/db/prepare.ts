import { type PostgresPool, type PostgresPoolClient, type RawBuilder, sql } from 'kysely'
import type pg from 'pg'

/** So often a statement is run before it is worth keeping its plan. */
const seldom = 5
/** No more of them are kept: a plan takes memory in every connection. */
const mostKept = 500

/**
 * Stands in a statement whose best plan follows from what it is asked for (a search, a page of a long list): it is planned each time. By
 * `modifyFront` or inside `sql`.
 */
export const planAnew = sql.raw('/* plan anew */')
const anew = '/* plan anew */'

/** Longer lists are looked up by hash, which PostgreSQL does for a list that it knows as it plans. */
const fewIds = 200

/**
 * `column = any(ids)`, which an empty list makes false. Of a few ids the plan does not see how many they are: else PostgreSQL would plan
 * anew for each number of them, which takes longer than finding them.
 */
export function isOneOf(column: string, ids: readonly string[]): RawBuilder<boolean> {
  const list = ids.length > fewIds ? sql`${ids}::text[]` : sql`(select ${ids}::text[])::text[]`
  return sql<boolean>`${sql.ref(column)} = any(${list})`
}

/**
 * A pool whose connections keep the plans of what they are asked again and again (a prepared statement each): for most of ours, which
 * find a few rows by their keys, planning takes longer than running. PostgreSQL itself weighs a kept plan against planning anew.
 */
export function keepPlans(pool: pg.Pool): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const nameOf = createNames()
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      const known = clients.get(client)
      if (known !== undefined) return known
      const keeping = keepPlansOf(client, nameOf)
      clients.set(client, keeping)
      return keeping
    },
  }
}

type NameOf = (text: string) => { readonly name: string; readonly text: string } | undefined

/** Counts statements, and names those that come often. */
function createNames(): NameOf {
  const uses = new Map<string, number>()
  const named = new Map<string, { readonly name: string; readonly text: string }>()
  return (text) => {
    const known = named.get(text)
    if (known !== undefined || named.size === mostKept || text.includes(anew)) return known
    const count = (uses.get(text) ?? 0) + 1
    if (count <= seldom) {
      if (uses.size < mostKept || count > 1) uses.set(text, count)
      return undefined
    }
    uses.delete(text)
    const one = { name: `mistok_${named.size}`, text }
    named.set(text, one)
    return one
  }
}

function keepPlansOf(client: pg.PoolClient, nameOf: NameOf): PostgresPoolClient {
  let isStale = false
  const query = async (text: string, values: readonly unknown[]) => {
    const named = values.length === 0 ? undefined : nameOf(text)
    if (named === undefined) return client.query(text, [...values])
    try {
      return await client.query({ ...named, values: [...values] })
    } catch (error) {
      // A migration has given its rows other columns: PostgreSQL does not plan such a statement again.
      if (error instanceof Error && 'code' in error && error.code === '0A000') isStale = true
      throw error
    }
  }
  return {
    // Kysely's other form, for cursors, is not used.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy === true || isStale),
    ...('processID' in client && typeof client.processID === 'number' ? { processID: client.processID } : {}),
  }
}
