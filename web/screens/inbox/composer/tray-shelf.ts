import type { TrayFile } from './tray.ts'

/** Keeps the files of trays in this browser over a reload, each tray under its name. */
export interface TrayShelf {
  readonly get: (name: string) => Promise<readonly TrayFile[]>
  /** An empty tray is removed. What is put last stands, however long what was put before takes. */
  readonly put: (name: string, files: readonly TrayFile[]) => Promise<void>
}

interface Kept {
  readonly files: readonly TrayFile[]
  readonly at: number
}

const STORE = 'trays'
/** What nobody has come back to for so long is let go, in milliseconds. */
const KEEP_MS = 30 * 24 * 60 * 60_000

/**
 * Files that were chosen and not sent lie in this browser alone: on the server they would be files that nobody has decided to send, to be
 * cleared away again. Browsers keep a chosen file here without a copy in memory. Where there is no room, or no database (a private window
 * may have none), nothing is kept.
 */
export function createTrayShelf(factory: IDBFactory, now: () => number): TrayShelf {
  const opened = open(factory)
  opened.then((db) => sweep(db, now() - KEEP_MS)).catch(() => undefined)
  return {
    get: async (name) => {
      const db = await opened
      const kept = await done<Kept | undefined>(db.transaction(STORE).objectStore(STORE).get(name) as IDBRequest<Kept | undefined>)
      return kept?.files ?? []
    },
    put: async (name, files) => {
      const store = (await opened).transaction(STORE, 'readwrite').objectStore(STORE)
      const kept: Kept = { files, at: now() }
      await (files.length === 0 ? done(store.delete(name)) : done(store.put(kept, name)))
    },
  }
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open('mistok', 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE)
  return done(request)
}

async function sweep(db: IDBDatabase, before: number): Promise<void> {
  const store = db.transaction(STORE, 'readwrite').objectStore(STORE)
  const names = await done(store.getAllKeys())
  for (const name of names) {
    const kept = await done(store.get(name) as IDBRequest<Kept | undefined>)
    if (kept && kept.at < before) store.delete(name)
  }
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
}
