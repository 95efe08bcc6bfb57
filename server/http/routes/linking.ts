import type { UserId } from '../../../contract/ids.ts'
import { presentChannels } from '../../db/read/channels.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { type Actor, isAdmin, viewerOf } from '../../inbox/people/access.ts'
import type { Logins } from '../../inbox/linking/login.ts'
import type { People } from '../../inbox/people/people.ts'
import { AppError } from '../../lib/errors.ts'
import type { Register } from '../register.ts'

export type LinkingDeeds = Pick<Logins, 'connect' | 'get' | 'cancel' | 'disconnect' | 'status'>

/** Linking a phone of one's own, or by an admin or an integrator for somebody else. */
export function linkingRoutes(on: Register, { logins, people, readDb }: { logins: LinkingDeeds; people: People; readDb: Reads }): void {
  const personOf = async (actor: Actor, text: string): Promise<UserId> => {
    const id = await people.resolve(actor, text)
    if (actor.kind === 'user' && actor.id !== id && !isAdmin(actor)) throw new AppError('not_found', 'There is no such person.')
    return id
  }

  on('connectWhatsapp', async ({ actor, params, body }) => logins.connect(actor, await personOf(actor, params.user_id), body))
  on('getWhatsappLogin', async ({ actor, params, query }) =>
    logins.get(actor, await personOf(actor, params.user_id), query.wait ?? 0, query.since),
  )
  on('cancelWhatsappLogin', async ({ actor, params }) => logins.cancel(actor, await personOf(actor, params.user_id)))
  on('disconnectWhatsapp', async ({ actor, params, body }) => {
    const id = await logins.disconnect(actor, await personOf(actor, params.user_id), body.channel_id)
    const [channel] = await presentChannels(readDb, await viewerOf(readDb, actor), [id])
    if (channel === undefined) throw new AppError('not_found', 'There is no such number.')
    return channel
  })
  on('getWhatsappStatus', async ({ actor, params }) => {
    const { channelIds, login } = await logins.status(actor, await personOf(actor, params.user_id))
    return { channels: await presentChannels(readDb, await viewerOf(readDb, actor), channelIds), ...(login === undefined ? {} : { login }) }
  })
}
