import type { Requester } from './auth.ts'
import type { Reply, Request } from './http.ts'

/** Remembers the answers to requests that carry a transaction id, in memory only (protocol/homeserver.md 0.5). */
export type Transactions = {
  /** The first answer to the same path by the same client; refusals are not remembered. */
  once(request: Request, requester: Requester, answer: () => Promise<Reply>): Promise<Reply>
}

const lifeMs = 30 * 60_000

/** For appservices the client is the service, whichever user it acts as; else the user's device, or the bare token. */
export function createTransactions(clock: () => number): Transactions {
  const answers = new Map<string, { reply: Promise<Reply>; at: number }>()
  let cleanedAt = clock()
  return {
    once(request, requester, answer) {
      const now = clock()
      if (now - cleanedAt > lifeMs) {
        cleanedAt = now
        for (const [key, { at }] of answers) if (now - at > lifeMs) answers.delete(key)
      }
      const key = JSON.stringify([request.path, clientOf(requester)])
      const known = answers.get(key)
      if (known !== undefined) return known.reply
      const reply = answer()
      answers.set(key, { reply, at: now })
      reply.catch(() => answers.delete(key))
      return reply
    },
  }
}

function clientOf({ appservice, userId, deviceId, token }: Requester): unknown[] {
  if (appservice !== null) return ['appservice', appservice.id]
  return deviceId === null ? ['token', token] : ['device', userId, deviceId]
}
