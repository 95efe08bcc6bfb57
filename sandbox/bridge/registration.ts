import type { BridgeOptions } from './options.ts'

/** The bridge's `registration.yaml` as an object (protocol/bridge.md 3.1). The bot is not the sender. */
export type Registration = {
  id: string
  url: string
  as_token: string
  hs_token: string
  sender_localpart: string
  rate_limited: boolean
  namespaces: { users: { regex: string; exclusive: boolean }[] }
  'de.sorunome.msc2409.push_ephemeral': boolean
  receive_ephemeral: boolean
}

/** Makes the registration that the homeserver has to load; `url` is where this bridge listens. */
export function registration(
  options: Pick<BridgeOptions, 'asToken' | 'hsToken' | 'senderLocalpart' | 'serverName' | 'port'> & { host?: string; botUsername?: string },
): Registration {
  const server = options.serverName.replaceAll('.', '\\.')
  return {
    id: 'whatsapp',
    url: `http://${options.host ?? '127.0.0.1'}:${options.port}`,
    as_token: options.asToken,
    hs_token: options.hsToken,
    sender_localpart: options.senderLocalpart,
    rate_limited: false,
    namespaces: {
      users: [
        { regex: `^@${options.botUsername ?? 'whatsappbot'}:${server}$`, exclusive: true },
        { regex: `^@whatsapp_.*:${server}$`, exclusive: true },
      ],
    },
    'de.sorunome.msc2409.push_ephemeral': true,
    receive_ephemeral: true,
  }
}
