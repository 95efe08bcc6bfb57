import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { WhatsApp } from '../bridge/options.ts'
import { parsePhone } from '../phone/numbers.ts'
import { Refused } from '../phone/network.ts'
import type { Pairing } from '../phone/pairing.ts'

/** Linking a device: the codes to show, and one answer that is waited for (protocol/bridge.md 1.6). */
export function pairingRoutes(app: FastifyInstance, { pairings }: WhatsApp, timeScale: number): void {
  const open = new Map<string, Pairing>()
  const find = (params: unknown) => {
    const pairing = open.get((params as { id: string }).id)
    if (pairing === undefined) throw new Refused('there is no such pairing')
    return pairing
  }

  app.post('/wire/v1/pairings', async (request, reply) => {
    const asked = (request.body as { phone?: string } | null)?.phone
    const phone = asked === undefined ? undefined : parsePhone(asked)
    if (asked !== undefined && phone === undefined) throw new Refused('phone: this is no number')
    const pairing = phone === undefined ? pairings.startQr() : pairings.startCode(phone)
    const id = randomUUID()
    open.set(id, pairing)
    return reply.code(201).send({ id, codes: pairing.codes, time_scale: timeScale })
  })
  app.get('/wire/v1/pairings/:id/place', async (request) => find(request.params).current() ?? {})
  app.get('/wire/v1/pairings/:id/result', async (request) => find(request.params).result())
  app.post('/wire/v1/pairings/:id/passkey', async (request) => {
    find(request.params).answerPasskey((request.body as { good: boolean }).good)
    return {}
  })
  app.delete('/wire/v1/pairings/:id', async (request) => {
    find(request.params).cancel()
    return {}
  })
}
