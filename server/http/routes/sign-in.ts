import type { FastifyReply, FastifyRequest } from 'fastify'
import { listSessions } from '../../db/read/sessions.ts'
import { getUser } from '../../db/read/users.ts'
import type { Reads } from '../../db/read/viewer.ts'
import type { Invites } from '../../inbox/people/invites.ts'
import type { SignIn } from '../../inbox/people/sign-in.ts'
import { hashOf, type NewSession, type Place } from '../../inbox/people/user-sessions.ts'
import type { Clock } from '../../lib/clock.ts'
import { sessionCookie } from '../auth.ts'
import { callerOf, type Register } from '../register.ts'

interface Parts {
  readonly signIn: SignIn
  readonly invites: Invites
  readonly readDb: Reads
  readonly clock: Clock
  readonly isSecure: boolean
}

/** The first admin, signing in and out, and who is signed in. */
export function signInRoutes(on: Register, { signIn, invites, readDb, clock, isSecure }: Parts): void {
  const cookie = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const
  const begin = async (reply: FastifyReply, { userId, token, lifeMs }: NewSession) => {
    reply.setCookie(sessionCookie, token, lifeMs === undefined ? cookie : { ...cookie, maxAge: lifeMs / 1000 })
    return getUser(readDb, userId)
  }
  // A stranger has nothing long to say.
  const short = { bodyLimit: 16_384 }

  on('getSetup', async () => ({ needed: await signIn.isSetupNeeded() }))
  on('setup', async ({ body, request, reply }) => begin(reply, await signIn.setup(body, placeOf(request))), short)
  on('login', async ({ body, request, reply }) => begin(reply, await signIn.login(body, placeOf(request))), short)
  on('lookAtInvite', ({ body, request }) => invites.look(body.token, request.ip), short)
  on('acceptInvite', async ({ body, request, reply }) => begin(reply, await invites.accept(body, placeOf(request))), short)
  on('logout', async ({ request, reply }) => {
    const { session } = callerOf(request)
    if (session !== null) await signIn.logout(session)
    reply.clearCookie(sessionCookie, cookie)
    reply.header('clear-site-data', '"cache", "storage"')
    return undefined
  })
  const ownSession = (request: FastifyRequest) => callerOf(request).session ?? ''
  on('listSessions', async ({ actor, request }) => ({
    items: await listSessions(readDb, actor.id, hashOf(ownSession(request)), new Date(clock())),
  }))
  on('endSession', async ({ actor, params }) => {
    await signIn.end(actor.id, params.session_id)
    return undefined
  })
  on('endOtherSessions', async ({ actor, request }) => {
    await signIn.endAll(actor.id, ownSession(request))
    return undefined
  })
  on('getMe', ({ actor }) => getUser(readDb, actor.id))
}

function placeOf({ ip, headers }: FastifyRequest): Place {
  return { address: ip, userAgent: headers['user-agent'] }
}
