import type { FastifyInstance } from 'fastify'
import { BadRequest, bodyOf, optionalNumber, optionalText, textIn, type Body } from './input.ts'

/** What a fault says, before its target has looked at it. */
export type FaultOrder = {
  leg?: string
  match?: { method?: string; path?: string }
  kind: string
  count: number
  ms?: number
  errcode?: string
}

/** Somebody who can be made to fail. `add` throws a plain sentence for what it cannot do. */
export type FaultTarget = { add: (order: FaultOrder) => void; clear: () => void; list: () => unknown[] }

/** The targets by name; one that is not running is absent. */
export type FaultTargets = { [target: string]: FaultTarget | undefined }

/** Mounts `/sandbox/v1/faults`. */
export function faultRoutes(app: FastifyInstance, targets: FaultTargets): void {
  const url = '/sandbox/v1/faults'
  const running = Object.keys(targets).filter((name) => targets[name] !== undefined)
  const list = () =>
    Object.entries(targets).flatMap(([target, faults]) => (faults?.list() ?? []).map((fault) => ({ target, ...bodyOf(fault) })))
  app.post(url, async (request, reply) => {
    const body = bodyOf(request.body)
    const name = textIn(body, 'target')
    const target = targets[name]
    if (target === undefined) throw new BadRequest(`target: one of ${running.join(', ')} is expected`)
    try {
      target.add(orderIn(body))
    } catch (error) {
      if (error instanceof BadRequest) throw error
      throw new BadRequest(`kind: ${error instanceof Error ? error.message : String(error)}`)
    }
    return reply.code(201).send({ items: list() })
  })
  app.get(url, async () => ({ items: list() }))
  app.delete(url, async () => {
    for (const target of Object.values(targets)) target?.clear()
    return { items: [] }
  })
}

function orderIn(body: Body): FaultOrder {
  const match = body['match'] === undefined ? undefined : bodyOf(body['match'])
  const [method, path] = match === undefined ? [] : [optionalText(match, 'method'), optionalText(match, 'path')]
  const [leg, ms, errcode] = [optionalText(body, 'leg'), optionalNumber(body, 'ms'), optionalText(body, 'errcode')]
  return {
    kind: textIn(body, 'kind'),
    count: optionalNumber(body, 'count') ?? 1,
    ...(leg === undefined ? {} : { leg }),
    ...(ms === undefined ? {} : { ms }),
    ...(errcode === undefined ? {} : { errcode }),
    ...(match === undefined ? {} : { match: { ...(method === undefined ? {} : { method }), ...(path === undefined ? {} : { path }) } }),
  }
}
