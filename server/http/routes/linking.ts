import type { Static } from 'typebox'
import type { Channel } from '../../../contract/channel.ts'
import type { ChannelId, LoginId, UserId } from '../../../contract/ids.ts'
import type { ConnectInput, Login } from '../../../contract/login.ts'
import { presentChannels } from '../../db/read/channels.ts'
import { findNewestLogin, presentLogins } from '../../db/read/logins.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { type Actor, isAdmin, viewerOf } from '../../inbox/access.ts'
import type { People } from '../../inbox/people.ts'
import { AppError } from '../../lib/errors.ts'
import type { Seal } from '../../lib/seal.ts'
import type { Register } from '../register.ts'

/** Linking phones, for a person whom the caller was found to be allowed to link for. */
export interface LinkingDeeds {
  /** Begins, and resolves when the first QR or code is there, or after at most 20 s. */
  connect(actor: Actor, userId: UserId, input: Static<typeof ConnectInput>): Promise<LoginId>
  /** Resolves when the newest login of this person changes, at once when none runs, or after `ms`. */
  waitForChange(userId: UserId, ms: number, signal: AbortSignal): Promise<void>
  /** Throws not_found when none runs. */
  cancel(userId: UserId): Promise<LoginId>
  /** Unlinks this person's phone: the one named, or the only one. Throws not_found, conflict when it must be named. */
  disconnect(actor: Actor, userId: UserId, channelId: ChannelId | undefined): Promise<ChannelId>
}

/** Linking a phone of one's own, or by an admin or an integrator for somebody else. */
export function linkingRoutes(on: Register, { linking, people, readDb, seal }: { linking: LinkingDeeds; people: People; readDb: Reads; seal: Seal }): void {
  const personOf = async (actor: Actor, text: string): Promise<UserId> => {
    const id = await people.resolve(actor, text)
    if (actor.kind === 'user' && actor.id !== id && !isAdmin(actor)) throw new AppError('not_found', 'There is no such person.')
    return id
  }
  const loginOf = async (id: LoginId): Promise<Login> => {
    const login = (await presentLogins(readDb, seal, [id])).get(id)
    if (login === undefined) throw new AppError('not_found', 'There is no such login.')
    return login
  }
  const channelsOf = async (actor: Actor, owner: UserId): Promise<Channel[]> => {
    const rows = await readDb.selectFrom('channels').select('id').where('owner_id', '=', owner).where('deleted_at', 'is', null).orderBy('id').execute()
    return presentChannels(readDb, await viewerOf(readDb, actor), rows.map((row) => row.id))
  }

  on('connectWhatsapp', async ({ actor, params, body }) => loginOf(await linking.connect(actor, await personOf(actor, params.user_id), body)))
  on('getWhatsappLogin', async ({ actor, params, query, request }) => {
    const userId = await personOf(actor, params.user_id)
    if (query.wait !== undefined && query.wait > 0) await linking.waitForChange(userId, query.wait * 1000, request.signal)
    const login = await findNewestLogin(readDb, seal, userId)
    if (login === undefined) throw new AppError('not_found', 'No phone has been linked or is being linked for this person.')
    return login
  })
  on('cancelWhatsappLogin', async ({ actor, params }) => loginOf(await linking.cancel(await personOf(actor, params.user_id))))
  on('disconnectWhatsapp', async ({ actor, params, body }) => {
    const id = await linking.disconnect(actor, await personOf(actor, params.user_id), body.channel_id)
    const [channel] = await presentChannels(readDb, await viewerOf(readDb, actor), [id])
    if (channel === undefined) throw new AppError('not_found', 'There is no such number.')
    return channel
  })
  on('getWhatsappStatus', async ({ actor, params }) => {
    const userId = await personOf(actor, params.user_id)
    const [channels, login] = await Promise.all([channelsOf(actor, userId), findNewestLogin(readDb, seal, userId)])
    return { channels, ...(login === undefined ? {} : { login }) }
  })
}
