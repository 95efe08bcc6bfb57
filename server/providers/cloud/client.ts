import type { HttpClient, HttpRequest, HttpResponse } from '../../lib/http-client.ts'
import { HttpError } from '../../lib/http-client.ts'
import { type Fields, fields, filled, isFields, list } from '../../lib/fields.ts'
import type { CloudRoad } from '../cloud-setup.ts'
import { type Refusal, wordsOf } from './errors.ts'

/** The network refused. `code` is absent where what answered is not its API: then nobody knows what became of the request. */
export class GraphError extends Error implements Refusal {
  override readonly name = 'GraphError'
  readonly status: number
  readonly code: number | undefined
  readonly detail: string
  readonly regainMs: number | undefined
  readonly subcode: number | undefined
  constructor({ status, code, subcode, detail, regainMs }: Refusal) {
    super(`WhatsApp refused${code === undefined ? '' : ` (${code})`}: ${detail === '' ? `HTTP ${status}` : detail}`)
    this.status = status
    this.code = code
    this.subcode = subcode
    this.detail = detail
    this.regainMs = regainMs
  }
}

export type Access = Pick<CloudRoad, 'graphUrl' | 'mediaOrigins' | 'graphVersion' | 'accessToken'>

export interface GraphRequest {
  readonly method: HttpRequest['method']
  /** Its parts, below the version; each is escaped. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a form's fields. */
  readonly form?: Readonly<Record<string, string>>
  readonly raw?: { readonly type: string; readonly bytes: number; readonly body: AsyncIterable<Uint8Array> }
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** Meta's Graph API in one version, with one token (`protocol/meta.md` 1). The token stands in a header and nowhere else. */
export interface Graph {
  /** The answer, as it came. Throws GraphError where it is a refusal, HttpError where none came. */
  call(request: GraphRequest): Promise<Fields>
  /** A file at an address that the network gave. Undefined where it is gone. Throws for other hosts than those of the network. */
  download(url: string, signal: AbortSignal): Promise<HttpResponse | undefined>
  /** The version that answered last, where it is another than was asked for: the one asked for has ended. */
  otherVersion(): string | undefined
}

const timeoutMs = 30_000
const downloadMs = 120_000
const mostRedirects = 3

export function createGraph({ http, access }: { http: HttpClient; access: Access }): Graph {
  const { graphUrl, graphVersion, accessToken } = access
  const origins = new Set([graphUrl, ...access.mediaOrigins].flatMap((url) => URL.parse(url)?.origin ?? []))
  const authorization = `Bearer ${accessToken}`
  let answered: string | undefined

  const clean = (words: string) => (accessToken === '' ? words : words.replaceAll(accessToken, '…'))

  return {
    async call(request) {
      const { method, path, query = {}, signal } = request
      const search = new URLSearchParams(query).toString()
      const url = `${graphUrl}/${[graphVersion, ...path].map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
      const response = await http.request({
        method,
        url,
        ...bodyOf(request, authorization),
        timeoutMs: request.timeoutMs ?? timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })
      answered = response.headers['facebook-api-version'] ?? answered
      const body = await response.json().catch((error: unknown) => {
        if (!(error instanceof HttpError) || error.reason !== 'not_json') throw error
        throw new GraphError({ status: response.status, code: undefined, detail: `HTTP ${response.status}, and no answer of WhatsApp’s` })
      })
      if (response.status >= 200 && response.status < 300 && !isFields(fields(body)['error'])) return fields(body)
      throw new GraphError(refusalOf(response, fields(fields(body)['error']), clean))
    },

    async download(url, signal) {
      let place = url
      for (let step = 0; step <= mostRedirects; step += 1) {
        const { origin } = URL.parse(place) ?? {}
        if (origin === undefined || !origins.has(origin)) throw new Error('This is no address of a file of WhatsApp’s')
        const response = await http.request({ method: 'GET', url: place, headers: { authorization }, timeoutMs: downloadMs, signal })
        if (response.status === 200) return response
        await response.discard()
        const next = response.headers['location']
        if (response.status >= 300 && response.status < 400 && next !== undefined) place = new URL(next, place).href
        else if (response.status === 404 || response.status === 410) return undefined
        else
          throw new GraphError({ status: response.status, code: undefined, detail: `the file’s address answered HTTP ${response.status}` })
      }
      throw new Error('The file’s address leads round and round')
    },

    otherVersion: () => (answered === undefined || answered === graphVersion ? undefined : answered),
  }
}

function bodyOf({ body, form, raw }: GraphRequest, authorization: string): Pick<HttpRequest, 'headers' | 'body'> {
  if (raw !== undefined)
    return { headers: { authorization, 'content-type': raw.type, 'content-length': String(raw.bytes) }, body: raw.body }
  if (form !== undefined)
    return {
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    }
  if (body === undefined) return { headers: { authorization } }
  return { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** An answer in JSON that is none of the network's counts as none: it comes from something in between. */
function refusalOf(response: HttpResponse, error: Fields, clean: (words: string) => string): Refusal {
  const own = filled(error['message']) ?? ''
  const details = wordsOf(error)
  return {
    status: response.status,
    code: numberIn(error['code']),
    subcode: numberIn(error['error_subcode']),
    detail: clean(details === '' ? own : details).slice(0, 300),
    regainMs: regainMs(response.headers['x-business-use-case-usage']),
  }
}

function numberIn(value: unknown): number | undefined {
  const code = typeof value === 'number' ? value : Number(filled(value) ?? Number.NaN)
  return Number.isSafeInteger(code) ? code : undefined
}

/** How long the network makes us wait, by its own count of what we have used. Undefined where it does not. */
function regainMs(usage: string | undefined): number | undefined {
  try {
    const all = Object.values(fields(JSON.parse(usage ?? '{}'))).flatMap((kinds) => list(kinds))
    const minutes = Math.max(0, ...all.map((one) => Number(fields(one)['estimated_time_to_regain_access'] ?? 0)).filter(Number.isFinite))
    return minutes > 0 ? minutes * 60_000 : undefined
  } catch {
    return undefined
  }
}
