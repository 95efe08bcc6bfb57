import type { Clock } from '../../../lib/clock.ts'
import type { HttpClient, HttpResponse } from '../../../lib/http-client.ts'
import { count, fields, filled } from '../../../lib/fields.ts'
import { type Actor, answerOf, authorization, MatrixError, path, refusalOf, urlOf } from '../client/wire.ts'

export interface Upload {
  readonly fileName: string
  readonly mimeType: string
  readonly sizeBytes: number
  open(): AsyncIterable<Uint8Array>
}

/** Files on the homeserver (protocol/homeserver.md 7). */
export interface MatrixMedia {
  /** Gives the address that an event names. */
  upload(as: Actor, file: Upload, signal: AbortSignal): Promise<string>
  /** The largest file that it takes, in bytes; undefined when it does not say. Asked once in a while. */
  largestUpload(as: Actor, signal: AbortSignal): Promise<number | undefined>
  /** A file's bytes. `address` is `mxc://…` and has been checked. */
  download(as: Actor, address: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

const timeoutMs = 120_000
const askAgainAfterMs = 600_000

export function createMedia({ http, base, clock }: { http: HttpClient; base: string; clock: Clock }): MatrixMedia {
  let largest: { readonly bytes: number | undefined; readonly at: number } | undefined
  return {
    async largestUpload(as, signal) {
      if (largest === undefined || clock() - largest.at > askAgainAfterMs) largest = { bytes: await askLargest(as, signal), at: clock() }
      return largest.bytes
    },

    async upload(as, file, signal) {
      const response = await http.request({
        method: 'POST',
        url: urlOf(base, '/_matrix/media/v3/upload', as, { filename: file.fileName }),
        headers: { ...authorization(as), 'content-type': file.mimeType, 'content-length': String(file.sizeBytes) },
        body: file.open(),
        timeoutMs,
        signal,
      })
      const address = filled(fields(await answerOf(response))['content_uri'])
      if (address === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver took the file without giving an address')
      return address
    },

    async download(as, address, signal) {
      const [server = '', id = ''] = address.slice('mxc://'.length).split('/')
      const present = await get(path`/_matrix/client/v1/media/download/${server}/${id}`, as, signal)
      if (present.status === 200) return present.stream()
      if (isRedirect(present)) return redirected(present, signal)
      const error = await refusalOf(present)
      if (error.errcode !== 'M_UNRECOGNIZED') throw error
      // A homeserver from before authenticated media.
      const old = await get(path`/_matrix/media/v3/download/${server}/${id}`, as, signal)
      if (old.status === 200) return old.stream()
      throw await refusalOf(old)
    },
  }

  async function askLargest(as: Actor, signal: AbortSignal): Promise<number | undefined> {
    for (const place of ['/_matrix/client/v1/media/config', '/_matrix/media/v3/config']) {
      const response = await get(place, as, signal)
      if (response.status === 200) return count(fields(await answerOf(response))['m.upload.size'])
      await response.discard()
    }
    return undefined
  }

  function get(place: string, as: Actor, signal: AbortSignal): Promise<HttpResponse> {
    return http.request({ method: 'GET', url: urlOf(base, place, as), headers: authorization(as), timeoutMs, signal })
  }

  // A content network may hold the bytes: it never gets our token, and is never inside our own network.
  async function redirected(response: HttpResponse, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const target = URL.parse(response.headers['location'] ?? '', base)
    await response.discard()
    if (target === null) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver sends to an address that is none')
    const publicOnly = target.origin !== new URL(base).origin
    const followed = await http.request({ method: 'GET', url: target.href, timeoutMs, signal, publicOnly })
    if (followed.status === 200) return followed.stream()
    throw await refusalOf(followed)
  }
}

function isRedirect(response: HttpResponse): boolean {
  return [301, 302, 303, 307, 308].includes(response.status)
}
