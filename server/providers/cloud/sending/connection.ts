import type { ExternalId } from '../../../../contract/ids.ts'
import type { Clock } from '../../../lib/clock.ts'
import { AppError, SendError } from '../../../lib/errors.ts'
import { fields, list } from '../../../lib/fields.ts'
import { HttpError } from '../../../lib/http-client.ts'
import type { Addressee, ChannelLink, Connection, OpenedChat, OutboundDeed, OutboundMessage } from '../../provider.ts'
import { type Graph, GraphError } from '../client.ts'
import { fateOf, isPairLimit, type Refusal } from '../errors.ts'
import { limitsOf } from '../limits.ts'
import { download, upload } from '../media.ts'
import { digitsOf, idOf, phoneOf } from '../names.ts'
import { chatKey } from '../reading/facts.ts'
import type { Memory } from './memory.ts'
import { refusalOf, type Request, toDeedRequest, toRequest } from './message-out.ts'

interface Deps {
  readonly graph: Graph
  readonly clock: Clock
  readonly memory: Memory
}

const laterMs = 5_000

/** The line out of one number (`protocol/meta.md` 3). */
export function createConnection(deps: Deps, channel: ChannelLink): Connection {
  const { graph, memory } = deps
  const number = channel.external
  const pairOf = (conversation: ExternalId) => `${number} ${conversation}`

  /** One request, which is never repeated by itself once it may have been heard. */
  async function post(said: OutboundMessage | OutboundDeed, request: Request, signal: AbortSignal): Promise<ExternalId> {
    const answer = await graph.call({ method: 'POST', path: [number, 'messages'], body: request, signal }).catch((error: unknown) => {
      throw error instanceof GraphError && isUnheard(error) ? doubted(error.message, error) : error
    })
    const id = idOf(fields(list(answer['messages'])[0])['id'])
    if (id === undefined) throw doubted('WhatsApp took the message without naming it')
    memory.reset(pairOf(said.conversation))
    memory.reset(said.attempt)
    return id
  }

  async function mediaOf(message: OutboundMessage, signal: AbortSignal): Promise<string | undefined> {
    if (message.file === undefined) return undefined
    const before = memory.media(message.attempt)
    if (before !== undefined) return before
    // Nothing is said as long as the file is not there: it can be brought again.
    const id = await upload(graph, number, message.file, signal).catch((error: unknown) => {
      throw error instanceof HttpError ? later(error) : error
    })
    memory.keepMedia(message.attempt, id)
    return id
  }

  /** What became of a send that did not work, as the inbox takes it. */
  function failed(said: OutboundMessage | OutboundDeed, error: unknown): never {
    if (error instanceof GraphError) {
      const isPair = isPairLimit(error.code)
      const tries = { message: memory.count(said.attempt), pair: isPair ? memory.count(pairOf(said.conversation)) : 0 }
      const { code, words, ...fate } = fateOf(refusalOfNumber(error), tries)
      throw new SendError(code, words, fate, { cause: error })
    }
    if (error instanceof HttpError) throw error.sent ? doubted(error.message, error) : later(error)
    throw error
  }

  async function send(message: OutboundMessage, signal: AbortSignal) {
    refuse(message)
    const request = toRequest(message, await mediaOf(message, signal))
    return { id: await post(message, request ?? unsendable(message), signal), state: 'sending', proofMs: null } as const
  }

  async function perform(deed: OutboundDeed, signal: AbortSignal) {
    refuse(deed)
    return { id: await post(deed, toDeedRequest(deed) ?? unsendable(deed), signal), state: 'sent', proofMs: null } as const
  }

  /** That we have read is only a courtesy: what is refused is not asked for again. */
  async function notice(message: ExternalId, more: Request, signal?: AbortSignal): Promise<void> {
    const body = { messaging_product: 'whatsapp', status: 'read', message_id: message, ...more }
    await graph
      .call({ method: 'POST', path: [number, 'messages'], body, ...(signal === undefined ? {} : { signal }) })
      .catch((error: unknown) => {
        if (!(error instanceof GraphError)) throw error
      })
  }

  return {
    send: (message, signal) => send(message, signal).catch((error: unknown) => failed(message, error)),
    perform: (deed, signal) => perform(deed, signal).catch((error: unknown) => failed(deed, error)),
    repeatable: false,
    refusal: refusalOf,
    markRead: ({ message }) => notice(message, {}),
    async setTyping({ newest }, on, signal) {
      if (on && newest !== undefined) await notice(newest, { typing_indicator: { type: 'text' } }, signal)
    },
    open: async (addressee) => opened(addressee, channel, deps.clock),
    fetchMedia: (ref, signal) => download(deps, number, ref, signal),
    sendKey: (conversation) => chatKey(channel.account.external, conversation),
    limitsKey: (conversation) => chatKey(channel.account.external, conversation),
    limits: limitsOf,
  }
}

/** Throws for what can never go. */
function refuse(said: OutboundMessage | OutboundDeed): void {
  const words = refusalOf(said)
  if (words !== undefined) throw new SendError('unsupported', words, { certain: true, retryAfterMs: null })
}

function unsendable(said: OutboundMessage | OutboundDeed): never {
  throw new Error(`"${said.type}" passed the check and cannot be sent`)
}

/** What answered is not the network's API, and does not tell whether the network has heard it. */
function isUnheard({ code, status }: GraphError): boolean {
  return code === undefined && (status < 400 || status >= 500)
}

/** What is asked is the number: when it is not there, it is gone from the account, or from our rights. */
function refusalOfNumber({ status, code, subcode, detail, regainMs }: GraphError): Refusal {
  return { status, code: code === 100 && subcode === 33 ? 33 : code, detail, regainMs }
}

function doubted(words: string, cause?: unknown): SendError {
  return new SendError('outcome_unknown', words, { certain: false, retryAfterMs: null }, { cause })
}

function later(error: HttpError): SendError {
  return new SendError('provider_unavailable', error.message, { certain: true, retryAfterMs: laterMs }, { cause: error })
}

/** A chat needs no beginning here: it is there as soon as somebody writes. Until the contact does, its window is closed. */
function opened(addressee: Addressee, { account }: ChannelLink, clock: Clock): OpenedChat {
  const windowUntil = new Date(clock()).toISOString()
  if ('businessId' in addressee) {
    const id = addressee.businessId as ExternalId
    return { conversation: id, contact: { id, isUs: false, businessIds: [{ id, scope: account.external }] }, windowUntil }
  }
  const digits = 'phone' in addressee ? digitsOf(addressee.phone) : undefined
  const phone = phoneOf(digits)
  if (digits === undefined || phone === undefined)
    throw new AppError(
      'recipient_unreachable',
      'WhatsApp Business reaches people only by their phone number, and that of this contact is not known.',
    )
  const id = digits as ExternalId
  return { conversation: id, contact: { id, isUs: false, phone }, windowUntil }
}
