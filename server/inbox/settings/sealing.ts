import type { Db } from '../../db/schema.ts'
import { listSealed, replaceSealed, type SealedTable } from '../../db/sealed.ts'
import { findSetting, putSettingOnce } from '../../db/settings.ts'
import type { Clock } from '../../lib/clock.ts'
import { ConfigError } from '../../lib/config-error.ts'
import { createSeal, type KeyRing, openParts, type Seal, SealError, sealParts } from '../../lib/seal.ts'

const canary = 'sealing_canary'

/**
 * Makes the seal for this database and proves it on a canary row, so that a wrong key is told before anything is touched
 * (`safety.md` S1). Where earlier keys are given, everything that they sealed is sealed again, the canary last: once this
 * has returned they may be left out. Throws ConfigError.
 */
export async function openSealing({ db, keys, clock }: { db: Db; keys: KeyRing; clock: Clock }): Promise<Seal> {
  const seal = createSeal(keys)
  const sealed = sealParts(seal, 'settings', canary, { canary: 'tweet' })
  const row = await putSettingOnce(db, canary, { value: null, sealed }, new Date(clock()))
  try {
    openParts(seal, 'settings', canary, row.sealed)
  } catch (error) {
    if (error instanceof SealError) throw new ConfigError([wrongKey(seal, error)])
    throw error
  }
  if (keys.previous.length > 0) {
    for (const table of ['accounts', 'logins', 'settings'] as const) while (await resealTable(db, seal, table)) continue
    await replaceSealed(db, 'settings', canary, row.sealed, sealed)
  }
  return seal
}

/** Whether this key opens what is sealed in this database, without changing anything: the sentence to tell when it does not. */
export async function findKeyFault(db: Db, keys: KeyRing): Promise<string | undefined> {
  const row = await findSetting(db, canary)
  if (row === undefined) return undefined
  const seal = createSeal(keys)
  try {
    openParts(seal, 'settings', canary, row.sealed)
    return undefined
  } catch (error) {
    if (error instanceof SealError) return wrongKey(seal, error)
    throw error
  }
}

function wrongKey(seal: Seal, error: SealError): string {
  return (
    `The secrets in this database were sealed with the key ${error.keyId ?? 'of another Mistok'}, but the key given is ${seal.keyId}. ` +
    'Put the old key back (MISTOK_SECRET_KEY, or secret.key in the data directory); to change keys, give both: the new one first, the old one after a comma.'
  )
}

/** One walk over a table. True when something was sealed again, so that what another process wrote meanwhile is found by the next walk. */
async function resealTable(db: Db, seal: Seal, table: SealedTable): Promise<boolean> {
  let changed = false
  for (let after = ''; ;) {
    const rows = (await listSealed(db, table, after, 200)).filter((found) => found.row !== canary)
    for (const { row, sealed } of rows) {
      if (!Object.values(sealed).some((text) => seal.isOutdated(text))) continue
      await replaceSealed(db, table, row, sealed, sealParts(seal, table, row, openParts(seal, table, row, sealed)))
      changed = true
    }
    const last = rows.at(-1)
    if (last === undefined) return changed
    after = last.row
  }
}
