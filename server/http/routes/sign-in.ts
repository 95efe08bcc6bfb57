import type { FastifyReply } from 'fastify'
import { getUser } from '../../db/read/users.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { type NewSession, sessionMs, type SignIn } from '../../inbox/people/sign-in.ts'
import { sessionCookie } from '../auth.ts'
import { callerOf, type Register } from '../register.ts'

/** The first admin, signing in and out, and who is signed in. */
export function signInRoutes(on: Register, { signIn, readDb, isSecure }: { signIn: SignIn; readDb: Reads; isSecure: boolean }): void {
  const cookie = { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure } as const
  const begin = async (reply: FastifyReply, { userId, token }: NewSession) => {
    reply.setCookie(sessionCookie, token, { ...cookie, maxAge: sessionMs / 1000 })
    return getUser(readDb, userId)
  }
  // A stranger has nothing long to say.
  const short = { bodyLimit: 16_384 }

  on('getSetup', async () => ({ needed: await signIn.isSetupNeeded() }))
  on('setup', async ({ body, request, reply }) => begin(reply, await signIn.setup(body, request.ip)), short)
  on('login', async ({ body, request, reply }) => begin(reply, await signIn.login(body, request.ip)), short)
  on('logout', async ({ request, reply }) => {
    const { session } = callerOf(request)
    if (session !== null) await signIn.logout(session)
    reply.clearCookie(sessionCookie, cookie)
    reply.header('clear-site-data', '"cache", "storage"')
    return undefined
  })
  on('getMe', ({ actor }) => getUser(readDb, actor.id))
}
