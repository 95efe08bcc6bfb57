import { MatrixError, path, type Call, type Homeserver } from './homeserver.ts'

/**
 * Devices under which the bridge sends. With one a homeserver remembers transaction ids over its own restarts; without, a message repeated
 * after a crash of both would be there twice (protocol/homeserver.md 0.5). The real bridge has none and doubles.
 */
export type SendDevices = { of: (actor: Pick<Call, 'as' | 'token'>) => Promise<string | undefined> }

const deviceId = 'WHATSAPPBRIDGE'

/** Makes each user's device at its first send; a homeserver that has no such thing goes without. */
export function createSendDevices(homeserver: Homeserver): SendDevices {
  const made = new Map<string, Promise<string | undefined>>()

  async function make({ as = '', ...rest }: Pick<Call, 'as' | 'token'>): Promise<string | undefined> {
    try {
      await homeserver.call('PUT', path`/_matrix/client/v3/devices/${deviceId}`, { as, ...rest, body: { display_name: 'WhatsApp bridge' } })
      return deviceId
    } catch (error) {
      if (error instanceof MatrixError) return undefined
      throw error
    }
  }

  return {
    of(actor) {
      const known = made.get(actor.as ?? '') ?? make(actor)
      made.set(actor.as ?? '', known)
      return known
    },
  }
}
