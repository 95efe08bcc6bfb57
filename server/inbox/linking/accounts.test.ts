import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Provider } from '../../providers/provider.ts'
import { openStage, type Server, type Stage } from '../fixtures/linking.ts'

let stage: Stage
let server: Server
beforeEach(async () => {
  stage = await openStage()
  server = await stage.serve()
})
afterEach(() => stage[Symbol.asyncDispose]())

const signal = () => AbortSignal.timeout(10_000)
const reserve = (on: Server, owner = 'usr_1') =>
  stage.db.transaction().execute((tx) => on.accounts.reserve(tx, 'matrix', { type: 'user', id: owner }))

test('two processes that want one person’s account at once make one, and both can act as it', async () => {
  const other = await stage.serve()
  const ids = await Promise.all([server, other, server, other].map((on) => reserve(on)))
  expect(new Set(ids).size).toBe(1)
  const [id = ''] = ids
  const links = await Promise.all([server, other, server, other].map((on) => on.accounts.ensure(on.provider, id, 'Олена', signal())))
  expect(stage.network.accounts).toHaveLength(1)
  expect(new Set(links.map((link) => JSON.stringify(link))).size).toBe(1)
  const [link] = links
  expect(link?.external).toMatch(/^@user-[0-9a-f]{12}$/)
  expect(await other.accounts.linkOf(id)).toEqual(link)
  expect(await other.accounts.list('matrix')).toMatchObject([{ id, owner: { type: 'user', id: 'usr_1' }, link }])
  expect(await server.accounts.findByExternal('matrix', link?.external ?? ('' as never))).toMatchObject({ id, link })
  expect(await server.accounts.findByExternal('cloud', link?.external ?? ('' as never))).toBeUndefined()
})

test('what was reserved is unknown to the network until it is made, and is made under the same name and password after a crash', async () => {
  const id = await reserve(server)
  expect(await server.accounts.linkOf(id)).toBeUndefined()
  expect(await server.accounts.list('matrix')).toEqual([])
  const asked: unknown[] = []
  const dying: Provider = {
    ...server.provider,
    accounts: {
      async ensure(request, known, until) {
        asked.push(request)
        await server.provider.accounts?.ensure(request, known, until)
        throw new Error('killed after the network made it')
      },
    },
  }
  await expect(server.accounts.ensure(dying, id, 'Олена', signal())).rejects.toThrow('killed')
  expect(await server.accounts.linkOf(id)).toBeUndefined()
  const link = await server.accounts.ensure(server.provider, id, 'Олена', signal())
  expect(stage.network.accounts).toHaveLength(1)
  expect(await server.accounts.linkOf(id)).toEqual(link)
  const { password } = asked[0] as { password: string }
  const { rows } = await sql<{ text: string }>`select string_agg(a::text, '') as text from accounts a`.execute(stage.db)
  expect(password).toMatch(/^password-/)
  expect(rows[0]?.text).not.toContain(password)
  expect(rows[0]?.text).not.toContain(link.secrets['access_token'])
})

test('a secret that the network changed is kept', async () => {
  const id = await reserve(server)
  await server.accounts.ensure(server.provider, id, 'Олена', signal())
  const renewing: Provider = {
    ...server.provider,
    accounts: { ensure: async (_, known) => ({ external: known?.external ?? ('' as never), secrets: { access_token: 'renewed' } }) },
  }
  await server.accounts.ensure(renewing, id, 'Олена', signal())
  expect((await server.accounts.linkOf(id))?.secrets).toEqual({ access_token: 'renewed' })
})

test('shared numbers that are linked at once have accounts of their own', async () => {
  const other = await stage.serve()
  const admin = await stage.person('Ірина', 'admin')
  const second = await stage.person('Марко', 'admin')
  await Promise.all([
    server.logins.connect(admin, admin.id, { access: 'shared' }),
    other.logins.connect(second, second.id, { access: 'shared' }),
  ])
  const accounts = await stage.db.selectFrom('logins').select('account_id').execute()
  expect(new Set(accounts.map((row) => row.account_id)).size).toBe(2)
})
