import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditAction } from '../../contract/audit.ts'
import type { AuditId } from '../../contract/ids.ts'
import type { RouteName } from '../../contract/routes.ts'
import type { Audit, Ending } from '../inbox/audit.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

declare module 'fastify' {
  interface FastifyRequest {
    audited: { readonly id: AuditId; readonly action: AuditAction } | null
  }
}

/** The calls that are written down. This is the one place by which every deed of a person or a key passes. */
const actions: Partial<Record<RouteName, AuditAction>> = {
  setup: 'setup',
  login: 'sign_in',
  logout: 'sign_out',
  endSession: 'session.end',
  endOtherSessions: 'session.end',
  endUserSessions: 'session.end',
  createUser: 'user.create',
  updateUser: 'user.update',
  createInvite: 'user.invite',
  acceptInvite: 'user.join',
  createApiKey: 'api_key.create',
  revokeApiKey: 'api_key.revoke',
  saveMatrixSystemConfig: 'settings.matrix',
  replaceMatrixSystemConfig: 'settings.matrix',
  saveWhatsappConfig: 'settings.whatsapp',
  setWhatsappMode: 'settings.mode',
  setRouting: 'settings.routing',
  setRetention: 'settings.retention',
  saveMatrixAccount: 'account.save',
  connectWhatsapp: 'channel.link',
  disconnectWhatsapp: 'channel.log_out',
  updateChannel: 'channel.update',
  deleteChannel: 'channel.delete',
  acceptTransfer: 'transfer.accept',
  refuseTransfer: 'transfer.refuse',
  excludeChat: 'chat.exclude',
  includeChat: 'chat.include',
  eraseContact: 'contact.erase',
  mergeContacts: 'contact.merge',
  unmergeContacts: 'contact.unmerge',
  createLabel: 'label.create',
  updateLabel: 'label.update',
  deleteLabel: 'label.delete',
  redriveDeadLetters: 'dead_letters.redrive',
  redriveDeadLetter: 'dead_letters.redrive',
}

/** Writes deeds down once they are known to be of the right shape and by whom, and how they ended. A repeat that does nothing is none. */
export function addAudit(app: FastifyInstance, { audit, log }: { audit: Audit; log: Log }): void {
  app.decorateRequest('audited', null)
  app.addHook('preHandler', async (request) => {
    const action = actions[request.routeOptions.config.operation ?? 'getLive']
    if (action === undefined) return
    const { body, ip: address, caller } = request
    const id = await audit.begin({ action, actor: caller?.actor ?? null, targetId: targetOf(request), body, address })
    request.audited = { id, action }
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { audited } = request
    if (audited === null) return
    request.audited = null
    await audit.end(audited.id, audited.action, endingOf(reply.statusCode, payload)).catch((error: unknown) => {
      log.error({ request_id: request.id, error: messageOf(error) }, 'how a deed ended could not be written down')
    })
  })
}

function targetOf({ params }: FastifyRequest): string | null {
  const [first] = Object.values((params ?? {}) as Record<string, string>)
  return first ?? null
}

function endingOf(status: number, payload: unknown): Ending {
  const text = typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString() : ''
  const answer: Readonly<Record<string, unknown>> = text === '' ? {} : JSON.parse(text)
  if (status >= 400) return { code: String(answer['code']) }
  const { id, name } = answer
  return { made: typeof id === 'string' ? { id, name: String(name) } : null }
}
