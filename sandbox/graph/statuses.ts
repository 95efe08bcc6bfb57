import { lateFailures, type LateFailure } from './errors.ts'
import type { SentMessage } from './state.ts'
import { type Graph, seconds, userIdOf } from './world.ts'

/** A status of a message as the webhook tells it (protocol/meta.md 5.3), v24 and later: no conversation outside of a free entry point. */
export function statusOf(graph: Graph, sent: SentMessage, status: 'sent' | 'delivered' | 'read' | 'played'): { [key: string]: unknown } {
  const category = sent.template === undefined ? 'service' : 'utility'
  const pricing = { billable: sent.template !== undefined, pricing_model: 'PMP', type: 'regular', category }
  return {
    ...base(graph, sent, status),
    recipient_user_id: userIdOf(graph, sent.peer),
    ...(status === 'sent' || status === 'delivered' ? { pricing } : {}),
  }
}

/** That a message which was accepted failed afterwards. */
export function failureOf(graph: Graph, sent: SentMessage, failure: LateFailure): { [key: string]: unknown } {
  const { code, title, details } = lateFailures[failure]
  const errors = [
    {
      code,
      title,
      message: title,
      error_data: { details },
      href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
    },
  ]
  return { ...base(graph, sent, 'failed'), errors }
}

function base(graph: Graph, { wamid, peer, tracker }: SentMessage, status: string): { [key: string]: unknown } {
  return {
    id: wamid,
    status,
    timestamp: seconds(graph.now()),
    recipient_id: peer,
    ...(tracker === undefined ? {} : { biz_opaque_callback_data: tracker }),
  }
}
