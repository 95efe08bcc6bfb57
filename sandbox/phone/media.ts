import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Media } from './types.ts'

/** Bytes of WhatsApp media by their hash, on disk when there is a folder. */
export type MediaStore = { put(bytes: Buffer, mimeType: string): Media; get(sha256: string): Buffer | undefined }

/** Opens the store; without a folder it lives in memory. */
export function openMediaStore(folder: string | undefined): MediaStore {
  const memory = new Map<string, Buffer>()
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  return {
    put(bytes, mimeType) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (folder === undefined) memory.set(sha256, bytes)
      else if (!existsSync(join(folder, sha256))) writeFileSync(join(folder, sha256), bytes)
      return { sha256, size: bytes.length, mime_type: mimeType }
    },
    get(sha256) {
      if (folder === undefined) return memory.get(sha256)
      return /^[0-9a-f]{64}$/.test(sha256) && existsSync(join(folder, sha256)) ? readFileSync(join(folder, sha256)) : undefined
    },
  }
}
