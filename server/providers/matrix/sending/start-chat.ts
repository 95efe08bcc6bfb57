import type { ExternalId } from '../../../../contract/ids.ts'
import { AppError } from '../../../lib/errors.ts'
import { HttpError } from '../../../lib/http-client.ts'
import type { Addressee, ChannelLink, OpenedChat } from '../../provider.ts'
import { type Bridge, BridgeError } from '../client/bridge.ts'
import type { MatrixConfig } from '../config.ts'
import { actorOf, type Homeserver } from '../client/homeserver.ts'
import { present } from '../../../lib/fields.ts'
import { ghostIdOf, identityOfGhost, readDisplayName } from '../names.ts'
import { MatrixError, path } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
  readonly bridge: Bridge
}

/**
 * Asks the bridge for the room with somebody and goes into it, so that a message can be sent there at once (protocol/bridge.md 1.8). A
 * repeat finds the same room. Throws AppError.
 */
export async function startChat(deps: Deps, channel: ChannelLink, addressee: Addressee, signal: AbortSignal): Promise<OpenedChat> {
  const { config, homeserver, bridge } = deps
  const { account } = channel
  if ('businessId' in addressee)
    throw new AppError('recipient_unreachable', 'From a linked phone nobody is reached whose phone number is not known.')
  const identifier = 'phone' in addressee ? addressee.phone : addressee.hiddenId
  try {
    const call = { userId: account.external, userToken: account.secrets['access_token'], signal }
    const { room, ghost, name: shown } = await bridge.createDm(call, channel.external, identifier)
    // With double puppets we are in it already; without, the invitation is on its way and need not be waited for.
    const as = actorOf(config, account)
    await homeserver.call({ method: 'POST', path: path`/_matrix/client/v3/join/${room}`, as, body: {}, signal })
    const { name } = shown === undefined ? {} : readDisplayName(shown)
    const contact = {
      id: ghost as ExternalId,
      isUs: false,
      ...identityOfGhost(ghostIdOf(config, ghost) ?? ''),
      ...addressee,
      ...present({ displayName: name }),
    }
    return { conversation: room as ExternalId, contact, ...present({ name }) }
  } catch (error) {
    throw failureOf(error)
  }
}

/** The bridge's refusals by `errcode`; what it does not call by one says nothing of the number. */
function failureOf(error: unknown): unknown {
  if (error instanceof HttpError)
    return new AppError('provider_unavailable', `The bridge cannot be reached: ${error.message}`, { cause: error, retryAfter: 5 })
  if (error instanceof MatrixError)
    return new AppError('provider_unavailable', `The chat was begun, but could not be entered yet: ${error.message}`, {
      cause: error,
      retryAfter: 2,
    })
  if (!(error instanceof BridgeError)) return error
  const { errcode, message, internal = '' } = error
  const isLoggedOut = errcode === 'FI.MAU.NOT_LOGGED_IN' || message === 'Login not found' || /not logged in/i.test(internal + message)
  if (isLoggedOut)
    return new AppError('channel_not_connected', 'This number is not connected. Connect it again, then repeat.', { cause: error })
  switch (errcode) {
    case 'M_NOT_FOUND':
    case 'M_INVALID_PARAM':
      return new AppError('recipient_unreachable', 'Nobody on WhatsApp has this number.', { cause: error })
    case 'M_UNRECOGNIZED':
    case 'NOT_A_BRIDGE':
      return new AppError(
        'unsupported',
        'What answers at the address of the bridge cannot begin chats. An admin can check the address and update the bridge.',
        {
          cause: error,
        },
      )
    case 'M_FORBIDDEN':
    case 'M_UNKNOWN_TOKEN':
    case 'M_MISSING_TOKEN':
      return new AppError(
        'provider_rejected',
        `The bridge does not let this number begin chats: ${message}. An admin can check its secret and permissions.`,
        {
          cause: error,
        },
      )
    default:
      return new AppError('provider_rejected', `The bridge could not begin the chat: ${message}`, { cause: error })
  }
}
