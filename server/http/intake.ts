import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Keep } from '../inbox/intake.ts'
import { AppError, messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Provider, RawReply } from '../providers/provider.ts'

/** The largest batch that a network sends: a homeserver's transaction of a hundred large events. */
const largestBatch = 32 * 1024 * 1024

export interface IntakeParts {
  /** The providers that are set up at this moment. */
  readonly providers: () => readonly Provider[]
  readonly keep: Keep
  readonly log: Log
}

/**
 * The doors by which networks push to us. A provider's paths are its own business; bodies reach it as raw bytes. Whatever it
 * accepts is on disk before it is answered.
 */
export async function addIntake(app: FastifyInstance, parts: IntakeParts): Promise<void> {
  await app.register(async (door) => {
    door.removeAllContentTypeParsers()
    door.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestBatch }, (_request, body, done) => done(null, body))
    door.addHook('onRequest', async (request, reply) => {
      if (findProvider(parts, request) !== undefined) return
      reply.callNotFound()
      return reply
    })
    for (const url of ['/_matrix/*', '/api/v1/integrations/*']) {
      door.all(url, { schema: { hide: true }, exposeHeadRoute: false, bodyLimit: largestBatch }, (request, reply) =>
        receive(parts, request, reply),
      )
    }
  })
}

/** What a homeserver is told of a path that is none. */
export const unrecognized = { errcode: 'M_UNRECOGNIZED', error: 'This address is not known here.' }

function findProvider({ providers }: IntakeParts, request: FastifyRequest): Provider | undefined {
  return providers().find((provider) => provider.intake.push?.matches(request.method, pathOf(request)) === true)
}

async function receive(parts: IntakeParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const provider = findProvider(parts, request)
  const answer = provider?.intake.push?.receive({
    method: request.method,
    path: pathOf(request),
    query: onlyTexts(request.query),
    headers: onlyTexts(request.headers),
    body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
  })
  if (provider === undefined || answer === undefined) throw new AppError('not_found', 'There is nothing at this address.')
  const { status, body } = await settle(parts, provider, answer)
  const isPlain = 'answer' in answer && answer.plain === true
  return reply
    .code(status)
    .type(isPlain ? 'text/plain' : 'application/json')
    .send(Buffer.from(body))
}

async function settle({ keep, log }: IntakeParts, provider: Provider, answer: RawReply): Promise<{ status: number; body: string }> {
  if ('reject' in answer) return { status: answer.reject, body: answer.reply }
  if ('answer' in answer) return { status: answer.status ?? 200, body: answer.answer }
  try {
    await keep(provider.name, answer.accept)
    return { status: 200, body: answer.reply }
  } catch (error) {
    log.error(
      { provider: provider.name, stream: answer.accept.stream, error: messageOf(error) },
      'a batch could not be kept; its sender will repeat it',
    )
    return { status: 503, body: JSON.stringify({ errcode: 'M_UNKNOWN', error: 'It could not be stored now. Send it again.' }) }
  }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}

function onlyTexts(values: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
