import { createReadStream, createWriteStream, mkdirSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { badRequest, MatrixError } from './errors.ts'

/** The bytes of uploaded media, a file each. */
export type MediaFiles = {
  /** Keeps a request's body; throws 413 M_TOO_LARGE over the limit. Gives the size. */
  keep(mediaId: string, body: IncomingMessage, maxBytes: number): Promise<number>
  read(mediaId: string): Promise<{ size: number; stream: Readable }>
}

/** Media in a folder, which is made when missing; a file appears under its name only when it is whole. */
export function openMedia(folder: string): MediaFiles {
  mkdirSync(folder, { recursive: true })
  const pathOf = (mediaId: string) => join(folder, mediaId)
  return {
    async keep(mediaId, body, maxBytes) {
      const declared = Number(body.headers['content-length'])
      if (Number.isNaN(declared)) throw badRequest('Request must specify a Content-Length')
      if (declared > maxBytes) throw tooLarge()
      const part = `${pathOf(mediaId)}.part`
      const size = await writeLimited(body, part, maxBytes)
      await rename(part, pathOf(mediaId))
      return size
    },
    async read(mediaId) {
      const { size } = await stat(pathOf(mediaId))
      return { size, stream: createReadStream(pathOf(mediaId)) }
    },
  }
}

async function writeLimited(body: IncomingMessage, path: string, maxBytes: number): Promise<number> {
  const file = createWriteStream(path)
  let size = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge()
      if (!file.write(chunk)) await new Promise((resolve) => file.once('drain', resolve))
    }
    await new Promise<void>((resolve, reject) => file.end((error?: Error | null) => (error ? reject(error) : resolve())))
    return size
  } catch (error) {
    file.destroy()
    await rm(path, { force: true })
    throw error
  }
}

function tooLarge(): MatrixError {
  return new MatrixError(413, 'M_TOO_LARGE', 'Upload request body is too large')
}
