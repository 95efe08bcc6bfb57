import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { api, type Api, type Call, type Operation } from '../../contract/api.ts'
import type { RouteName } from '../../contract/routes.ts'
import type { Actor, UserActor } from '../inbox/people/access.ts'
import type { Caller } from './auth.ts'
import { describe } from './describe.ts'

/** Who can be behind a call: nobody known for a public one, only a person where no API key may come. */
type ActorOf<Name extends RouteName> = Api[Name]['access'] extends 'public'
  ? null
  : Api[Name] extends { readonly scope: string }
    ? Actor
    : UserActor

/** One call, checked against the table: signed in, allowed, and of the right shape. */
export interface Incoming<Name extends RouteName> {
  readonly params: Call<Name>['params']
  readonly query: Call<Name>['query']
  readonly body: Call<Name>['body']
  readonly actor: ActorOf<Name>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}
/** Returns the answer, or the reply when it has answered by itself. */
export type Handler<Name extends RouteName> = (incoming: Incoming<Name>) => Promise<Call<Name>['answer'] | FastifyReply>

/** Gives an operation of the table its handler. */
export type Register = <Name extends RouteName>(name: Name, handler: Handler<Name>, options?: Pick<RouteOptions, 'bodyLimit'>) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: RouteName
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** Everything that a route gets from the table: its place, its schemas, and its name for the hooks. */
export function routeOf(name: RouteName): Omit<RouteOptions, 'handler'> {
  const { method, path } = api[name]
  const operation: Operation = api[name]
  const { params, query, body } = operation
  return {
    method,
    url: path,
    config: { operation: name },
    schema: {
      ...describe(name, operation),
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
    },
  }
}

/** The register of handlers. `missing` names the operations that have none yet. */
export function createRegister(): { registerOn(app: FastifyInstance): Register; missing(): readonly string[] } {
  const known = new Set<string>()
  return {
    registerOn: (app) => (name, handler, options) => {
      known.add(name)
      // Where there are several, the handler says which.
      const [status, ...others] = Object.keys(api[name].response)
      app.route({
        ...routeOf(name),
        ...options,
        handler: async (request, reply) => {
          // The hooks have checked what the types say: the schemas, and who calls.
          const incoming = {
            params: request.params,
            query: request.query,
            body: request.body,
            actor: request.caller?.actor ?? null,
            request,
            reply,
          }
          const answer: unknown = await handler(incoming as unknown as Incoming<typeof name>)
          if (answer === reply) return reply
          if (others.length === 0) reply.code(Number(status))
          return answer === undefined ? reply.send() : answer
        },
      })
    },
    missing: () => Object.keys(api).filter((name) => !known.has(name)),
  }
}

/** The session cookie's or key's caller of a call that is not public. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error('A public call has no caller.')
  return request.caller
}
