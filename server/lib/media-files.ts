import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { MediaId } from '../../contract/ids.ts'
import { AppError } from './errors.ts'

/** Where the bytes of media live: `<data>/media/<last two characters>/<id>`, never under a name that somebody sent. */
export interface MediaFiles {
  /** Writes the bytes and puts them on disk before it resolves. Throws media_too_large and leaves nothing behind. */
  write(id: MediaId, bytes: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number; sha256: Buffer }>
  read(id: MediaId, range?: { start: number; end: number }): AsyncIterable<Uint8Array>
  exists(id: MediaId): Promise<boolean>
  /** In bytes. */
  sizeOf(id: MediaId): Promise<number>
  /** Where programs find it that read files only. */
  pathOf(id: MediaId): string
  remove(id: MediaId): Promise<void>
}

export function openMediaFiles(options: { directory: string; maxBytes: number }): MediaFiles {
  const { directory, maxBytes } = options
  const pathOf = (id: MediaId) => join(directory, id.slice(-2), id)

  return {
    async write(id, bytes) {
      const path = pathOf(id)
      await mkdir(join(directory, id.slice(-2)), { recursive: true, mode: 0o700 })
      const partial = `${path}.${process.pid}.partial`
      try {
        const written = await writeAll(partial, bytes, maxBytes)
        await rename(partial, path)
        return written
      } catch (error) {
        await rm(partial, { force: true })
        throw error
      }
    },
    read: (id, range) => createReadStream(pathOf(id), range ?? {}),
    exists: (id) =>
      stat(pathOf(id)).then(
        () => true,
        () => false,
      ),
    sizeOf: async (id) => (await stat(pathOf(id))).size,
    pathOf,
    remove: (id) => rm(pathOf(id), { force: true }),
  }
}

async function writeAll(path: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ sizeBytes: number; sha256: Buffer }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  await using file = await open(path, 'w', 0o600)
  for await (const chunk of bytes) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > maxBytes) throw new AppError('media_too_large', `The file is larger than ${Math.floor(maxBytes / 1e6)} MB.`)
    hash.update(chunk)
    await file.writeFile(chunk)
  }
  await file.sync()
  return { sizeBytes, sha256: hash.digest() }
}
