import type { FastifyInstance } from 'fastify'
import type { RunningGraph } from '../graph/index.ts'
import { BadRequest, bodyOf, flagIn, numberIn, optionalText, phoneIn, textIn } from './input.ts'

const syncs = ['history', 'contacts'] as const
const tokenStates = ['valid', 'expired', 'revoked'] as const

/** What is done on Meta's pages rather than by its API: `/sandbox/v1/graph/…`. */
export function graphRoutes(app: FastifyInstance, graph: RunningGraph): void {
  const base = '/sandbox/v1/graph'
  app.get(base, async () => ({
    url: graph.url,
    media_url: graph.mediaUrl,
    ...graph.secrets,
    numbers: graph.numbers,
    waiting: graph.waiting(),
  }))
  app.put(`${base}/webhook`, async (request) => {
    const body = bodyOf(request.body)
    try {
      await graph.setWebhook(textIn(body, 'url'), textIn(body, 'verify_token'))
    } catch (error) {
      throw error instanceof BadRequest ? error : new BadRequest(`url: ${error instanceof Error ? error.message : String(error)}`)
    }
    return { url: body['url'] }
  })
  app.post(`${base}/token`, async (request) => {
    const body = bodyOf(request.body)
    const state = tokenStates.find((each) => each === optionalText(body, 'state'))
    if (state === undefined) throw new BadRequest(`state: one of ${tokenStates.join(', ')} is expected`)
    graph.setToken(state)
    return { state }
  })
  app.post(`${base}/clock`, async (request) => {
    const ms = numberIn(bodyOf(request.body), 'advance_ms')
    if (ms < 0) throw new BadRequest('advance_ms: time goes forward only')
    graph.advance(ms)
    return { advanced_ms: ms }
  })
  app.post(`${base}/people/:phone`, async (request) => {
    const phone = phoneIn(bodyOf(request.params)['phone'], 'phone')
    const userId = textIn(bodyOf(request.body), 'user_id')
    if (!/^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(userId)) throw new BadRequest('user_id: an id such as UA.13491208655302741918 is expected')
    graph.changeUserId(phone, userId)
    return { phone: `+${phone}`, user_id: userId }
  })
  app.post(`${base}/numbers/:phone/app`, async (request) => {
    const phone = phoneIn(bodyOf(request.params)['phone'], 'phone')
    const on = flagIn(bodyOf(request.body), 'on', true)
    refusing(() => graph.setApp(phone, on))
    return { phone: `+${phone}`, on }
  })
  app.post(`${base}/numbers/:phone/sync`, async (request) => {
    const phone = phoneIn(bodyOf(request.params)['phone'], 'phone')
    const what = syncs.find((each) => each === optionalText(bodyOf(request.body), 'what'))
    if (what === undefined) throw new BadRequest(`what: one of ${syncs.join(', ')} is expected`)
    return { deliveries: refusing(() => graph.sync(phone, what)) }
  })
  app.post(`${base}/templates/:name`, async (request) => {
    const name = String(bodyOf(request.params)['name'])
    const status = textIn(bodyOf(request.body), 'status')
    graph.review(name, status)
    return { name, status }
  })
}

function refusing<T>(deed: () => T): T {
  try {
    return deed()
  } catch (error) {
    throw new BadRequest(`phone: ${error instanceof Error ? error.message : String(error)}`)
  }
}
