import type { ExternalId } from '../../../contract/ids.ts'
import { SendError } from '../../lib/errors.ts'
import { HttpError } from '../../lib/http-client.ts'
import type { ChannelLink, Connection, OutboundMessage, Sent } from '../provider.ts'
import type { Bridge } from './bridge.ts'
import type { MatrixConfig } from './config.ts'
import { sendFateOf } from './errors.ts'
import { roomKey } from './facts.ts'
import { isMediaAddress } from './file-in.ts'
import { actorOf, type Homeserver } from './homeserver.ts'
import { filled } from './json.ts'
import { limitsOf } from './limits.ts'
import { type OutboundEvent, toEvent } from './map-out.ts'
import { startChat } from './start-chat.ts'
import { MatrixError, path } from './wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
  readonly bridge: Bridge
}

/** How long the bridge's word on a message is waited for before it counts as unconfirmed (settled.md 13). */
const proofMs = 90_000

// The homeserver refuses events above 65,536 bytes and adds some of its own.
const largestContent = 60_000

/** The line out of one linked number: everything is said as the Matrix account that the number is linked under. */
export function createConnection(deps: Deps, channel: ChannelLink): Connection {
  const { config, homeserver } = deps
  const as = actorOf(config, channel.account)

  async function put(message: OutboundMessage, event: OutboundEvent, signal: AbortSignal): Promise<Sent> {
    const place = path`/_matrix/client/v3/rooms/${message.conversation}/send/${event.type}/${message.attempt}`
    const answer = await homeserver.call({ method: 'PUT', path: place, as, body: event.content, signal })
    const id = filled(answer['event_id'])
    if (id === undefined)
      throw new SendError('outcome_unknown', 'The homeserver took the message without naming it', { certain: false, retryAfterMs: null })
    return { id: id as ExternalId, state: 'sending', proofMs }
  }

  async function send(message: OutboundMessage, signal: AbortSignal): Promise<Sent> {
    const { file } = message
    const address = file === undefined ? undefined : await homeserver.upload(as, file, signal)
    const event = toEvent(message, config.commandPrefix, address)
    if (event === undefined) throw refused(`A linked phone cannot send "${message.type}"`)
    if (Buffer.byteLength(JSON.stringify(event.content)) > largestContent) throw refused('The text is too long for one message')
    return put(message, event, signal).catch(async (error: unknown) => {
      if (!(error instanceof MatrixError && error.errcode.endsWith('M_UNKNOWN_DEVICE'))) throw error
      await homeserver.call({
        method: 'PUT',
        path: path`/_matrix/client/v3/devices/${config.deviceId}`,
        as,
        body: { display_name: 'Mistok' },
        signal,
      })
      return put(message, event, signal)
    })
  }

  return {
    send: (message, signal) => send(message, signal).catch(sendFailed),
    async markRead({ conversation, message }) {
      await homeserver.call({
        method: 'POST',
        path: path`/_matrix/client/v3/rooms/${conversation}/receipt/m.read/${message}`,
        as,
        body: {},
      })
    },
    async fetchMedia(ref, signal) {
      const { url } = ref
      if (!isMediaAddress(url)) throw new MatrixError(404, 'M_NOT_FOUND', 'This is no address of a file')
      return homeserver.download(as, url, signal)
    },
    ...(config.bridgeUrl === undefined ? {} : { open: (addressee, signal) => startChat(deps, channel, addressee, signal) }),
    limitsKey: roomKey,
    limits: limitsOf,
  }
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
