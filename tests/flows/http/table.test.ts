import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import { api, type Operation } from '../../../contract/api.ts'
import { errorCodes } from '../../../contract/error.ts'
import { pathTo, type RouteName, routes } from '../../../contract/routes.ts'
import { openTestHttp, type Person, type TestHttp } from '../../support/http.ts'
import { misfit, resolved, sample, type Schema } from '../../support/schema-samples.ts'

let http: TestHttp
let admin: Person
let agent: Person
let bareKey: Record<string, string>

beforeAll(async () => {
  http = await openTestHttp()
  admin = await http.signedIn('admin', 'admin')
  agent = await http.signedIn('agent', 'agent')
  bareKey = await http.keyed(['act_as'])
})
afterAll(() => http.close())

const names = Object.keys(routes) as RouteName[]
const operationOf = (name: RouteName): Operation => api[name]
const isWrite = (name: RouteName) => routes[name].method !== 'GET'

interface Case {
  readonly name: RouteName
  readonly what: string
  readonly url: string
  readonly body?: unknown
  readonly pointer: string
}

/** Every way in which a request of the table can be wrong in one place. */
function* wrongInputs(name: RouteName): Generator<Case> {
  const { params, query, body } = operationOf(name) as { params?: Schema; query?: Schema; body?: Schema }
  const fits = (params === undefined ? {} : sample(params)) as Record<string, string>
  const url = pathTo(name, fits)
  for (const key of Object.keys(params?.properties ?? {})) {
    const rest = body === undefined ? {} : { body: sample(body) }
    yield { name, what: `path ${key}`, url: pathTo(name, { ...fits, [key]: 'Wrong!' }), ...rest, pointer: `/path/${key}` }
  }
  if (query !== undefined) {
    const needed = new URLSearchParams(sample(query) as Record<string, string>)
    yield { name, what: 'unknown query', url: `${url}?${needed.toString()}&surprise=1`, pointer: '/query/surprise' }
    for (const key of query.required ?? []) yield { name, what: `missing ${key}`, url, pointer: `/query/${key}` }
    for (const [key, schema] of Object.entries(query.properties ?? {})) yield* wrongQueries(name, url, needed, key, resolved(schema))
  }
  if (body !== undefined) yield* wrongBodies(name, url, resolved(body))
}

function* wrongQueries(name: RouteName, url: string, needed: URLSearchParams, key: string, schema: Schema): Generator<Case> {
  const wrong = [
    ...(schema.maxLength === undefined ? [] : ['x'.repeat(schema.maxLength + 1)]),
    ...(schema.type === 'integer' ? ['many', '1.5', '', String((schema.maximum ?? 0) + 1), String((schema.minimum ?? 0) - 1)] : []),
    ...(schema.enum === undefined && schema.pattern === undefined ? [] : ['Wrong!']),
    ...(schema.anyOf === undefined ? [] : ['perhaps']),
  ]
  for (const value of wrong) {
    const query = new URLSearchParams({ ...Object.fromEntries(needed), [key]: value })
    yield { name, what: `${key}=${value.slice(0, 10)}`, url: `${url}?${query.toString()}`, pointer: `/query/${key}` }
  }
}

function* wrongBodies(name: RouteName, url: string, body: Schema): Generator<Case> {
  const fits = sample(body) as Record<string, unknown>
  yield { name, what: 'no body', url, pointer: '' }
  yield { name, what: 'a list as body', url, body: [], pointer: '' }
  yield { name, what: 'an unknown field', url, body: { ...fits, 'sur/prise': 1 }, pointer: '/sur~1prise' }
  for (const key of body.required ?? []) {
    yield {
      name,
      what: `without ${key}`,
      url,
      body: Object.fromEntries(Object.entries(fits).filter(([one]) => one !== key)),
      pointer: `/${key}`,
    }
  }
  for (const [key, given] of Object.entries(body.properties ?? {})) {
    const schema = resolved(given)
    yield { name, what: `wrong ${key}`, url, body: { ...fits, [key]: misfit(schema) }, pointer: `/${key}` }
    // A number is not bent into a text, nor a text into a flag.
    if (schema.type === 'string') yield { name, what: `${key} as a number`, url, body: { ...fits, [key]: 5 }, pointer: `/${key}` }
    if (schema.type === 'boolean') yield { name, what: `${key} as a text`, url, body: { ...fits, [key]: 'true' }, pointer: `/${key}` }
    if (schema.maxLength !== undefined && schema.maxLength < 70_000)
      yield { name, what: `long ${key}`, url, body: { ...fits, [key]: 'x'.repeat(schema.maxLength + 1) }, pointer: `/${key}` }
    if ((schema.minLength ?? 0) > 0) yield { name, what: `empty ${key}`, url, body: { ...fits, [key]: '' }, pointer: `/${key}` }
  }
}

/** All that is stored. A key's last use is noted by the minute and says nothing of the request. */
async function everything(): Promise<string> {
  const { rows: tables } = await sql<{
    name: string
  }>`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`.execute(http.db)
  const parts = []
  for (const { name } of tables) {
    const { rows } = await sql<{
      sum: string | null
    }>`select md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' order by t::text)) as sum from ${sql.table(name)} t`.execute(http.db)
    parts.push(`${name} ${rows[0]?.sum}`)
  }
  return parts.join('\n')
}

describe('wrong input is refused with a problem that names the field, and writes nothing', () => {
  test.each(names.filter((name) => [...wrongInputs(name)].length > 0))('%s', async (name) => {
    const before = await everything()
    for (const { what, url, body, pointer } of wrongInputs(name)) {
      const { method } = routes[name]
      const answer = await http.app.inject({
        method,
        url,
        headers: admin.headers,
        ...(body === undefined ? {} : { payload: body as object }),
      })
      const problem = answer.json()
      expect({ what, status: answer.statusCode, type: answer.headers['content-type'], code: problem.code }).toEqual({
        what,
        status: 400,
        type: 'application/problem+json',
        code: 'invalid_request',
      })
      expect({ what, pointers: problem.errors.map((error: { pointer: string }) => error.pointer) }).toEqual({
        what,
        pointers: expect.arrayContaining([pointer]),
      })
      expect(problem).toMatchObject({
        status: 400,
        title: 'Bad Request',
        request_id: answer.headers['x-request-id'],
        detail: expect.any(String),
      })
    }
    expect(http.called).toEqual([])
    expect(await everything()).toBe(before)
  })
})

describe('a body that cannot be read is refused', () => {
  const unreadable = [
    { what: 'broken JSON', type: 'application/json', payload: '{"a":', status: 400, code: 'invalid_request' },
    {
      what: 'a poisoned prototype',
      type: 'application/json',
      payload: '{"__proto__":{"role":"admin"}}',
      status: 400,
      code: 'invalid_request',
    },
    { what: 'too deep', type: 'application/json', payload: '['.repeat(5_000) + ']'.repeat(5_000), status: 400, code: 'invalid_request' },
    {
      what: 'too large',
      type: 'application/json',
      payload: JSON.stringify({ text: 'x'.repeat(600_000) }),
      status: 413,
      code: 'media_too_large',
    },
    { what: 'text', type: 'text/plain', payload: '{}', status: 415, code: 'unsupported_media_type' },
    { what: 'a form', type: 'application/x-www-form-urlencoded', payload: 'a=1', status: 415, code: 'unsupported_media_type' },
    { what: 'an upload', type: 'multipart/form-data; boundary=x', payload: '--x--', status: 415, code: 'unsupported_media_type' },
  ] as const
  test.each(names.filter((name) => operationOf(name).body !== undefined))('%s', async (name) => {
    const before = await everything()
    const url = pathTo(name, sample((operationOf(name).params ?? {}) as Schema) as Record<string, string>)
    for (const { what, type, payload, status, code } of unreadable) {
      const answer = await http.app.inject({
        method: routes[name].method,
        url,
        headers: { ...admin.headers, 'content-type': type },
        payload,
      })
      expect({ what, status: answer.statusCode, code: answer.json().code }).toEqual({ what, status, code })
      expect(answer.headers['content-type']).toBe('application/problem+json')
    }
    expect(await everything()).toBe(before)
  })
})

describe('who may call', () => {
  const requestOf = (name: RouteName, headers: Record<string, string>) => {
    const { params, query, body } = operationOf(name) as { params?: Schema; query?: Schema; body?: Schema }
    const search = query === undefined ? '' : `?${new URLSearchParams(sample(query) as Record<string, string>).toString()}`
    return {
      method: routes[name].method,
      url: pathTo(name, (params === undefined ? {} : sample(params)) as Record<string, string>) + search,
      headers,
      ...(body === undefined ? {} : { payload: sample(body) as object }),
    }
  }
  const closed = names.filter((name) => operationOf(name).access !== 'public')

  test.each(closed)('%s needs a session or a key', async (name) => {
    for (const headers of [
      {},
      { cookie: 'mistok_session=stranger', origin: 'http://127.0.0.1:8080' },
      { authorization: 'Bearer mk_stranger' },
      { authorization: 'Basic eDp5' },
    ]) {
      const answer = await http.app.inject(requestOf(name, headers as Record<string, string>))
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'unauthenticated'])
    }
  })

  test.each(closed)('%s refuses a key without its scope', async (name) => {
    const answer = await http.app.inject(requestOf(name, bareKey))
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'forbidden'])
  })

  test.each(closed.filter((name) => operationOf(name).access === 'admin'))('%s is for admins', async (name) => {
    const answer = await http.app.inject(requestOf(name, agent.headers))
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'forbidden'])
  })

  test.each(closed.filter((name) => isWrite(name)))('%s refuses a page of another site', async (name) => {
    const { origin: _, ...noOrigin } = admin.headers
    const foreign: Record<string, string>[] = [
      noOrigin,
      { ...noOrigin, origin: 'https://evil.example' },
      { ...noOrigin, origin: 'null' },
      { ...admin.headers, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { ...noOrigin, 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign) {
      const answer = await http.app.inject(requestOf(name, headers))
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'forbidden'])
    }
  })

  test.each(['getUser', 'updateUser', 'connectWhatsapp', 'getConversation', 'updateConversation', 'getMedia', 'revokeApiKey'] as const)(
    '%s tells nothing of what is not there',
    async (name) => {
      const request = requestOf(name, admin.headers)
      const url = request.url.replace('/users/me', '/users/usr_0').replace(/(cnv|med|key)_[0-9a-z]+/, '$1_0')
      const answer = await http.app.inject({ ...request, url })
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found'])
    },
  )
})

describe('the table is all there is', () => {
  test.each(names)('%s answers other methods with 405 and the ones it takes', async (name) => {
    const url = pathTo(name, sample((operationOf(name).params ?? {}) as Schema) as Record<string, string>)
    // What has a name of its own beside ids is also an address of theirs.
    const fits = (one: RouteName) => new RegExp(`^${routes[one].path.replaceAll(/:[a-z_]+/g, '[^/]+')}$`).test(url)
    const taken = names.filter(fits).map((one) => routes[one].method)
    for (const method of (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter((one) => !taken.includes(one))) {
      const answer = await http.app.inject({ method, url, headers: admin.headers })
      expect([method, answer.statusCode, answer.json().code]).toEqual([method, 405, 'method_not_allowed'])
      expect(String(answer.headers.allow).split(', ')).toEqual(expect.arrayContaining(taken))
    }
  })

  test('the description tells also of the refusals that no schema shows', async () => {
    const { paths } = (await http.app.inject({ url: '/api/openapi.json' })).json()
    const guess = { method: 'POST', payload: { email: 'nobody@example.org', password: 'a guess at it' } } as const
    const refused: readonly (readonly [RouteName, number, object])[] = [
      ['login', 401, guess],
      ['login', 403, { ...guess, headers: { origin: 'https://evil.example' } }],
      ['listEvents', 410, { query: { after: '999999999-1' }, headers: admin.headers }],
    ]
    for (const [name, status, request] of refused) {
      const { path, method } = routes[name]
      const answer = await http.app.inject({ url: path, ...request })
      expect([name, answer.statusCode]).toEqual([name, status])
      expect(paths[path][method.toLowerCase()].responses).toHaveProperty(String(status))
    }
    for (const path of ['/api/v1/settings/matrix-system-config', '/api/v1/integrations/matrix/config'])
      expect(paths[path].get.responses).toHaveProperty('404')
  })

  test('what is nowhere is a problem too', async () => {
    for (const url of ['/api/v1/nothing', '/api', '/api/v1/users/me/more', '/api/v1/integrations/whatever']) {
      const answer = await http.app.inject({ url, headers: admin.headers })
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'application/problem+json'])
    }
    const matrix = await http.app.inject({ method: 'PUT', url: '/_matrix/app/v1/nothing', payload: {} })
    expect([matrix.statusCode, matrix.json().errcode]).toEqual([404, 'M_UNRECOGNIZED'])
    for (const url of ['/api/v1/users/%', `/api/v1/users/${'x'.repeat(2000)}`]) {
      const broken = await http.app.inject({ url })
      expect([broken.statusCode, broken.headers['content-type']]).toEqual([400, 'application/problem+json'])
    }
  })

  test('every code that a problem can have is in the register', async () => {
    const document = (await http.app.inject({ url: '/api/openapi.json' })).json()
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(errorCodes))
  })
})
