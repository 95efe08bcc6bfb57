import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { authenticate } from '../auth.ts'
import { forbidden, MatrixError, notFound } from '../errors.ts'
import type { Parts } from '../homeserver.ts'
import { ok, queryInteger, type Request } from '../http.ts'
import { randomLetters } from '../ids.ts'
import type { Media } from '../state.ts'

const unusedLifeMs = 24 * 3_600_000
const defaultWaitMs = 20_000
const pollMs = 50

/** Media: upload, upload in two steps, and authenticated download (protocol/homeserver.md 7). */
export function routeMedia({ core, router, media, limits, closing }: Parts): void {
  const keep = async (request: Request, entry: Media) => {
    const size = await media.keep(entry.mediaId, request.raw, limits.uploadBytes)
    const contentType = request.headers['content-type'] ?? 'application/octet-stream'
    const uploadName = request.query.get('filename')
    core.store.commit({ r: 'media', media: { ...entry, contentType, uploadName, size, uploaded: true } })
  }
  const newEntry = (userId: string): Media => {
    return { mediaId: randomLetters(24), userId, contentType: '', uploadName: null, size: 0, uploaded: false, createdTs: core.clock() }
  }
  router.on('POST', '/_matrix/media/v3/upload', async (request) => {
    const entry = newEntry(authenticate(core, request).userId)
    await keep(request, entry)
    return ok({ content_uri: `mxc://${core.serverName}/${entry.mediaId}` })
  })
  router.on('POST', '/_matrix/media/v1/create', (request) => {
    const entry = newEntry(authenticate(core, request).userId)
    core.store.commit({ r: 'media', media: entry })
    return ok({ content_uri: `mxc://${core.serverName}/${entry.mediaId}`, unused_expires_at: entry.createdTs + unusedLifeMs })
  })
  router.on('PUT', '/_matrix/media/v3/upload/:server/:media', async (request) => {
    const { userId } = authenticate(core, request)
    const entry = core.store.state.media.get(request.params.media ?? '')
    if (request.params.server !== core.serverName || entry === undefined) throw notFound('Unknown media ID')
    if (entry.userId !== userId) throw forbidden('Only the creator of the media ID can upload to it')
    if (entry.uploaded) throw new MatrixError(409, 'M_CANNOT_OVERWRITE_MEDIA', 'Media ID already has content')
    if (core.clock() - entry.createdTs > unusedLifeMs) throw notFound('Media ID has expired')
    await keep(request, entry)
    return ok()
  })
  for (const pattern of ['/_matrix/client/v1/media/config', '/_matrix/media/v3/config']) {
    router.on('GET', pattern, (request) => {
      authenticate(core, request)
      return ok({ 'm.upload.size': limits.uploadBytes })
    })
  }

  const download = async (request: Request) => {
    authenticate(core, request)
    const mediaId = request.params.media ?? ''
    const waitMs = Math.min(queryInteger(request, 'timeout_ms') ?? defaultWaitMs, 60_000)
    const deadline = performance.now() + waitMs
    let entry = request.params.server === core.serverName ? core.store.state.media.get(mediaId) : undefined
    while (entry !== undefined && !entry.uploaded && performance.now() < deadline && !request.signal.aborted && !closing.aborted) {
      await sleep(pollMs)
      entry = core.store.state.media.get(mediaId)
    }
    if (entry === undefined) throw notFound(`Not found '${request.path}'`)
    if (!entry.uploaded) throw new MatrixError(504, 'M_NOT_YET_UPLOADED', 'Media has not been uploaded yet')
    const { contentType } = entry
    const { size, stream } = await media.read(mediaId)
    const disposition = dispositionOf(contentType, request.params.name ?? entry.uploadName)
    return {
      send(response: ServerResponse) {
        response.writeHead(200, {
          'content-type': contentType.startsWith('text/') ? `${contentType}; charset=UTF-8` : contentType,
          'content-length': size,
          'content-disposition': disposition,
          'content-security-policy':
            "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; media-src 'self'; object-src 'self';",
          'cross-origin-resource-policy': 'cross-origin',
          etag: `"${mediaId}"`,
          'cache-control': 'public,max-age=86400,s-maxage=0,proxy-revalidate',
        })
        stream.on('error', () => response.destroy())
        stream.pipe(response)
      },
    }
  }
  router.on('GET', '/_matrix/client/v1/media/download/:server/:media', download)
  router.on('GET', '/_matrix/client/v1/media/download/:server/:media/:name', download)
  router.on('GET', '/_matrix/client/v1/media/thumbnail/:server/:media', download)
  for (const tail of ['download/:server/:media', 'download/:server/:media/:name', 'thumbnail/:server/:media']) {
    router.on('GET', `/_matrix/media/v3/${tail}`, () => {
      throw notFound('Not found')
    })
  }
}

const inlineTypes =
  /^(text\/(css|plain|csv)|application\/(json|ld\+json)|image\/(jpeg|gif|png|apng|webp|avif)|video\/(mp4|webm|ogg|quicktime)|audio\/.+)$/

function dispositionOf(contentType: string, name: string | null): string {
  const kind = inlineTypes.test(contentType.split(';')[0] ?? '') ? 'inline' : 'attachment'
  if (name === null) return kind
  return /^[\w.-]+$/.test(name) ? `${kind}; filename=${name}` : `${kind}; filename*=utf-8''${encodeURIComponent(name)}`
}
