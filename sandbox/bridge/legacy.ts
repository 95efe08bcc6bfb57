import type { FastifyInstance } from 'fastify'

/** What a bridge from before v0.11 tells of itself (protocol/bridge.md 0). Only as much is imitated as it takes to know it. */
export const legacyVersion = 'v0.10.9'

/** The commands of such a bot that its present successor has too. */
export const legacyCommands: ReadonlySet<string> = new Set(['help', 'version', 'cancel'])

/** Its control API of version 1 wants its own secret, and there is none of version 3. */
export function legacyRoutes(app: FastifyInstance): void {
  app.get('/_matrix/provision/v1/ping', async (_request, reply) =>
    reply.code(403).send({ error: 'Invalid auth token', errcode: 'M_FORBIDDEN', success: false }),
  )
  app.all('/_matrix/provision/v3/*', async (_request, reply) => reply.code(404).type('text/plain').send('404 page not found\n'))
}
