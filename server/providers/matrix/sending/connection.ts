import { setTimeout as sleep } from 'node:timers/promises'
import type { ExternalId } from '../../../../contract/ids.ts'
import { SendError } from '../../../lib/errors.ts'
import { HttpError } from '../../../lib/http-client.ts'
import type { ChannelLink, Connection, OutboundDeed, OutboundMessage, Sent } from '../../provider.ts'
import type { Bridge } from '../client/bridge.ts'
import type { MatrixConfig } from '../config.ts'
import { toDeedRequest } from './deeds-out.ts'
import { sendFateOf } from '../errors.ts'
import { roomKey } from '../reading/facts.ts'
import { isMediaAddress } from '../reading/file-in.ts'
import { actorOf, type Homeserver } from '../client/homeserver.ts'
import { filled } from '../../../lib/fields.ts'
import { limitsOf } from './limits.ts'
import { type OutboundEvent, toEvent } from './map-out.ts'
import { startChat } from './start-chat.ts'
import { MatrixError, path } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
  readonly bridge: Bridge
}

/** How long the bridge's word on a message is waited for before it counts as unconfirmed (settled.md 13). */
const proofMs = 90_000
const typingMs = 20_000
const mostTries = 5
const duplicatePauseMs = 1_000

// The homeserver refuses events above 65,536 bytes and adds some of its own.
const largestContent = 60_000

/** The line out of one linked number: everything is said as the Matrix account that the number is linked under. */
export function createConnection(deps: Deps, channel: ChannelLink): Connection {
  const { config, homeserver } = deps
  const as = actorOf(config, channel.account)

  /** Repeats with the same transaction id in `place` find the first event. */
  async function put(place: string, body: OutboundEvent['content'], signal: AbortSignal): Promise<Sent> {
    const ask = () => homeserver.call({ method: 'PUT', path: place, as, body, signal })
    const answer = await ask().catch(async (error: unknown) => {
      if (!(error instanceof MatrixError && error.errcode.endsWith('M_UNKNOWN_DEVICE'))) throw error
      await homeserver.call({
        method: 'PUT',
        path: path`/_matrix/client/v3/devices/${config.deviceId}`,
        as,
        body: { display_name: 'Mistok' },
        signal,
      })
      return ask()
    })
    const id = filled(answer['event_id'])
    if (id === undefined)
      throw new SendError('outcome_unknown', 'The homeserver took the message without naming it', { certain: false, retryAfterMs: null })
    return { id: id as ExternalId, state: 'sending', proofMs }
  }

  const eventPlace = (room: string, type: string, attempt: string) => path`/_matrix/client/v3/rooms/${room}/send/${type}/${attempt}`

  async function send(message: OutboundMessage, signal: AbortSignal): Promise<Sent> {
    const wrong = refusalOf(config, message)
    if (wrong !== undefined) throw refused(wrong)
    const { file } = message
    const event = toEvent(message, config.commandPrefix, file === undefined ? undefined : await homeserver.upload(as, file, signal))
    if (event === undefined) throw refused('This message cannot be sent from a linked phone.')
    return put(eventPlace(message.conversation, event.type, message.attempt), event.content, signal)
  }

  async function perform(deed: OutboundDeed, signal: AbortSignal): Promise<Sent> {
    const wrong = refusalOf(config, deed)
    if (wrong !== undefined) throw refused(wrong)
    const { conversation, attempt } = deed
    const request = toDeedRequest(deed, config.commandPrefix)
    if (request.type === 'redact')
      return put(path`/_matrix/client/v3/rooms/${conversation}/redact/${request.target}/${attempt}`, request.content, signal)
    const { type, content } = request.event
    return onceFree(() => put(eventPlace(conversation, type, attempt), content, signal), signal)
  }

  return {
    send: (message, signal) => send(message, signal).catch(sendFailed),
    perform: (deed, signal) => perform(deed, signal).catch(sendFailed),
    refusal: (said) => refusalOf(config, said),
    async markRead({ conversation, message }) {
      await homeserver.call({
        method: 'POST',
        path: path`/_matrix/client/v3/rooms/${conversation}/receipt/m.read/${message}`,
        as,
        body: {},
      })
    },
    async setTyping({ conversation }, on, signal) {
      await homeserver.call({
        method: 'PUT',
        path: path`/_matrix/client/v3/rooms/${conversation}/typing/${channel.account.external}`,
        as,
        body: on ? { typing: true, timeout: typingMs } : { typing: false },
        signal,
      })
    },
    async fetchMedia(ref, signal) {
      const { url } = ref
      if (!isMediaAddress(url)) throw new MatrixError(404, 'M_NOT_FOUND', 'This is no address of a file')
      return homeserver.download(as, url, signal)
    },
    largestFile: (signal) => homeserver.largestUpload(as, signal),
    ...(config.bridgeUrl === undefined ? {} : { open: (addressee, signal) => startChat(deps, channel, addressee, signal) }),
    limitsKey: roomKey,
    limits: limitsOf,
  }
}

/** An earlier reaction of the same emoji may be about to be taken away by the bridge, which does that beside its other work. */
async function onceFree(react: () => Promise<Sent>, signal: AbortSignal): Promise<Sent> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await react()
    } catch (error) {
      if (!(error instanceof MatrixError && error.errcode === 'M_DUPLICATE_ANNOTATION') || tries === mostTries) throw error
      await sleep(duplicatePauseMs, undefined, { signal })
    }
  }
}

/** Stands for the address of a file that is not there yet; no address is longer. */
const someAddress = `mxc://${'x'.repeat(250)}/${'x'.repeat(250)}`

function refusalOf(config: MatrixConfig, said: OutboundMessage | OutboundDeed): string | undefined {
  const content = contentOf(config, said)
  if (content === undefined) return `A linked phone cannot send "${said.type}".`
  const size = Buffer.byteLength(JSON.stringify(content))
  return size <= largestContent
    ? undefined
    : `The text is too long for one message: it takes ${size} bytes of ${largestContent}. Send it in parts.`
}

function contentOf({ commandPrefix }: MatrixConfig, said: OutboundMessage | OutboundDeed): OutboundEvent['content'] | undefined {
  if ('content' in said) return toEvent(said, commandPrefix, someAddress)?.content
  const request = toDeedRequest(said, commandPrefix)
  return request.type === 'send' ? request.event.content : request.content
}

function refused(words: string): SendError {
  return new SendError('unsupported', words, { certain: true, retryAfterMs: null })
}

// As long as the file is not there nothing was said, and what the homeserver may have taken unheard it finds again by its
// transaction: the same attempt can always be made again. What is in doubt is the bridge's leg, and that is told by the proof.
function sendFailed(error: unknown): never {
  if (error instanceof MatrixError) {
    const fate = sendFateOf(error.status, error.errcode, error.retryAfterMs)
    throw new SendError(fate.code, error.message, fate, { cause: error })
  }
  if (error instanceof HttpError) {
    throw new SendError('provider_unavailable', error.message, { certain: true, retryAfterMs: 5_000 }, { cause: error })
  }
  throw error
}
