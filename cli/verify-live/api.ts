import { randomUUID } from 'node:crypto'
import type { Call } from '../../contract/api.ts'
import type { Problem } from '../../contract/problem.ts'
import { pathTo, type RouteName, routes } from '../../contract/routes.ts'
import { ConfigError } from '../../server/lib/config-error.ts'

/** A running server's own API, as one signed-in person. A refusal throws ConfigError with the server's words. */
export interface Api {
  call<Name extends RouteName>(name: Name, input?: Input<Name>): Promise<Call<Name>['answer']>
  upload(bytes: Uint8Array<ArrayBuffer>, mimeType: string, fileName: string): Promise<Call<'uploadMedia'>['answer']>
  close(): Promise<void>
}

interface Input<Name extends RouteName> {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: Call<Name>['body']
}

const limitMs = 30_000

/** Signs in at the server with this address. */
export async function openApi(url: string, account: { readonly email: string; readonly password: string }): Promise<Api> {
  const send = async (path: string, method: string, headers: Readonly<Record<string, string>>, body?: string | FormData) => {
    const init = {
      method,
      headers: { origin: url, ...headers },
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined ? {} : { body }),
    }
    const answer = await fetch(url + path, init).catch((error: unknown) => {
      throw new ConfigError([`The server at ${url} does not answer: ${error instanceof Error ? error.message : String(error)}`])
    })
    if (answer.ok) return answer
    const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>
    throw new ConfigError([`${method} ${path}: ${answer.status} ${problem.detail ?? ''}`])
  }
  const json = { 'content-type': 'application/json' }
  const signedIn = await send(routes.login.path, 'POST', json, JSON.stringify(account))
  const cookie = { cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
  return {
    async call<Name extends RouteName>(name: Name, { params = {}, query = {}, body }: Input<Name> = {}) {
      const asked = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)])).toString()
      const { method } = routes[name]
      const key = method === 'GET' ? {} : { 'idempotency-key': randomUUID() }
      const content = body === undefined ? {} : json
      const path = `${pathTo(name, params)}${asked === '' ? '' : `?${asked}`}`
      const answer = await send(path, method, { ...cookie, ...key, ...content }, body === undefined ? undefined : JSON.stringify(body))
      return (answer.status === 204 ? undefined : await answer.json()) as Call<Name>['answer']
    },
    async upload(bytes, mimeType, fileName) {
      const form = new FormData()
      form.set('file', new Blob([bytes], { type: mimeType }), fileName)
      const answer = await send(routes.uploadMedia.path, 'POST', { ...cookie, 'idempotency-key': randomUUID() }, form)
      return (await answer.json()) as Call<'uploadMedia'>['answer']
    },
    close: async () => void (await send(routes.logout.path, 'POST', cookie)),
  }
}
