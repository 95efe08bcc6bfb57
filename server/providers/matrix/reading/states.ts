import type { ChannelStatus } from '../../../../contract/channel.ts'
import { type Fields, fields, filled, text } from '../../../lib/fields.ts'

/** The state of a linked number in our words. `detail` is a code that the page has words for, or the bridge's own sentence. */
export interface PhoneState {
  readonly status: ChannelStatus
  readonly detail?: string
}

const byError: Readonly<Record<string, ChannelStatus>> = {
  'wa-logged-out': 'logged_out',
  'wa-unknown-logout': 'logged_out',
  'wa-not-logged-in': 'logged_out',
  'wa-main-device-gone': 'logged_out',
  'wa-temporary-ban': 'banned',
  'wa-phone-offline': 'phone_offline_soon',
}

/** A bridge state (protocol/bridge.md 7.1), from a push or from whoami; an empty one means that the bridge has just begun. */
export function readBridgeState(state: Fields): PhoneState {
  const error = filled(state['error'])
  const known = error === undefined ? undefined : byError[error]
  if (known !== undefined) return { status: known, ...detailOf(state) }
  switch (text(state['state_event']) ?? '') {
    case 'CONNECTED':
      return filled(fields(state['info'])['reachout_timelock_until']) === undefined
        ? { status: 'connected' }
        : {
            status: 'restricted',
            detail: `WhatsApp allows no new chats until ${String(fields(state['info'])['reachout_timelock_until']).slice(0, 40)}`,
          }
    case 'BACKFILLING':
      return { status: 'connected' }
    case 'BAD_CREDENTIALS':
    case 'LOGGED_OUT':
      return { status: 'logged_out', ...detailOf(state) }
    case 'TRANSIENT_DISCONNECT':
    case 'UNKNOWN_ERROR':
    case 'BRIDGE_UNREACHABLE':
      return { status: 'degraded', ...detailOf(state) }
    default:
      return { status: 'connecting' }
  }
}

const operatorWords: Readonly<Record<string, string>> = {
  'wa-client-outdated': 'The bridge is too old for WhatsApp: update it',
  'wa-stream-replaced': 'A second bridge runs with the same session: stop one of them',
  'wa-temporary-ban': 'WhatsApp has banned this number for a while',
  'wa-main-device-gone': 'The WhatsApp account on the phone was signed out, moved or banned',
  'wa-logged-out': 'The device was removed on the phone: link it again',
  'wa-phone-offline': 'The phone has not been online for more than 12 days; WhatsApp unlinks it after 14',
}

function detailOf(state: Fields): { readonly detail?: string } {
  const error = filled(state['error'])
  const reason = text(state['reason'])
  const words =
    operatorWords[error ?? ''] ??
    (reason === 'LOGIN_OVERRIDDEN_ANOTHER_USER' ? 'This number was linked by somebody else' : undefined) ??
    filled(state['message']) ??
    error
  return words === undefined ? {} : { detail: words.slice(0, 512) }
}
