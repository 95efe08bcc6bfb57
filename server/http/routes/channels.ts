import type { ChannelPatch } from '../../../contract/channel.ts'
import type { ChannelId } from '../../../contract/ids.ts'
import { listChannels, presentChannels } from '../../db/read/channels.ts'
import { listExcludedChats } from '../../db/read/excluded-chats.ts'
import type { Reads } from '../../db/read/viewer.ts'
import type { ExcludedChats } from '../../inbox/channels/excluded-chats.ts'
import { type Actor, knownChannelIds, viewerOf } from '../../inbox/people/access.ts'
import { listTemplatesFor } from '../../inbox/channels/templates.ts'
import { AppError } from '../../lib/errors.ts'
import type { Register } from '../register.ts'

/** Changes of numbers. Both throw not_found for what the actor may not know of, forbidden for what it may not manage. */
export interface ChannelDeeds {
  patch(actor: Actor, id: ChannelId, patch: ChannelPatch): Promise<void>
  remove(actor: Actor, id: ChannelId): Promise<void>
}

/** The numbers that we are connected to. */
export function channelRoutes(
  on: Register,
  { channels, excluded, readDb }: { channels: ChannelDeeds; excluded: ExcludedChats; readDb: Reads },
): void {
  on('listChannels', async ({ actor, query }) =>
    listChannels(readDb, await viewerOf(readDb, actor), await knownChannelIds(readDb, actor), query),
  )
  on('listTemplates', async ({ actor, params }) => ({ items: [...(await listTemplatesFor(readDb, actor, params.channel_id))] }))
  on('updateChannel', async ({ actor, params, body }) => {
    await channels.patch(actor, params.channel_id, body)
    const [channel] = await presentChannels(readDb, await viewerOf(readDb, actor), [params.channel_id])
    if (channel === undefined) throw new AppError('not_found', 'There is no such number.')
    return channel
  })
  on('listExcludedChats', async ({ actor, params, query }) => {
    await excluded.check(actor, params.channel_id)
    return listExcludedChats(readDb, params.channel_id, query)
  })
  on('includeChat', async ({ actor, params }) => {
    await excluded.include(actor, params.channel_id, params.conversation_id)
    return undefined
  })
  on('excludeChat', async ({ actor, params }) => {
    await excluded.exclude(actor, params.conversation_id)
    return undefined
  })
  on('deleteChannel', async ({ actor, params }) => {
    await channels.remove(actor, params.channel_id)
    return undefined
  })
}
