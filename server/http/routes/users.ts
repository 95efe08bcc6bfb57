import { getApiKey, listApiKeys } from '../../db/read/api-keys.ts'
import { getUser, listUsers } from '../../db/read/users.ts'
import type { Reads } from '../../db/read/viewer.ts'
import type { ApiKeys } from '../../inbox/people/api-keys.ts'
import type { Invites } from '../../inbox/people/invites.ts'
import type { People } from '../../inbox/people/people.ts'
import type { SignIn } from '../../inbox/people/sign-in.ts'
import { hashOf } from '../../inbox/people/user-sessions.ts'
import { callerOf, type Register } from '../register.ts'

interface Parts {
  readonly people: People
  readonly signIn: Pick<SignIn, 'endAll'>
  readonly invites: Invites
  /** Where people reach us; else as the caller has. */
  readonly publicUrl: string | undefined
  readonly apiKeys: ApiKeys
  readonly readDb: Reads
}

/** People and the keys of integrators. */
export function userRoutes(on: Register, { people, signIn, invites, apiKeys, readDb, publicUrl }: Parts): void {
  on('listUsers', ({ query }) => listUsers(readDb, query))
  on('createUser', async ({ body }) => getUser(readDb, await people.create(body)))
  on('getUser', async ({ actor, params }) => getUser(readDb, await people.resolve(actor, params.user_id)))
  on('updateUser', async ({ actor, params, body, request }) => {
    const id = await people.resolve(actor, params.user_id)
    const { session } = callerOf(request)
    await people.update(id, body, session === null ? null : hashOf(session))
    return getUser(readDb, id)
  })

  on('createInvite', async ({ actor, params, request }) => {
    const { token, expiresAt } = await invites.make(await people.resolve(actor, params.user_id))
    const origin = publicUrl ?? `${request.protocol}://${request.host}`
    return { url: `${origin}/invite#${token}`, expires_at: expiresAt.toISOString() }
  })
  on('endUserSessions', async ({ actor, params }) => {
    await signIn.endAll(await people.resolve(actor, params.user_id))
    return undefined
  })

  on('listApiKeys', ({ query }) => listApiKeys(readDb, query))
  on('createApiKey', async ({ actor, body }) => {
    const { id, key } = await apiKeys.create(actor, body)
    return { ...(await getApiKey(readDb, id)), key }
  })
  on('revokeApiKey', async ({ params }) => {
    await apiKeys.revoke(params.api_key_id)
    return undefined
  })
}
