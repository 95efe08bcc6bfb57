import type { ChannelId, ContactId, ConversationId, ExternalId, MediaId } from '../../../contract/ids.ts'
import { insertPictures, listPictures, type PictureOwner, setPictures } from '../../db/pictures.ts'
import type { InboundEvent, Picture, Sender } from '../../providers/provider.ts'
import { type Applying, channelOf } from './context.ts'

/** Takes over what people look like, as far as the network tells it. */
export async function takePictures(applying: Applying, events: readonly InboundEvent[], senders: readonly Sender[]): Promise<void> {
  const told = senders.filter((sender) => sender.picture !== undefined)
  if (told.length === 0) return
  const channels = new Map(
    events.flatMap((event) => ('channel' in event ? namesIn(event).map((name) => [name, event.channel] as const) : [])),
  )
  const wanted = told.flatMap(({ id, picture = null }): readonly Wanted<ContactId>[] => {
    const [owner, channel] = [applying.people.get(id), channels.get(id)]
    return owner === undefined || channel === undefined ? [] : [{ owner, channel: channelOf(applying, channel), picture }]
  })
  for (const objectId of await change(applying, 'contacts', wanted)) applying.changes.push({ type: 'contact.updated', objectId })
}

/** Takes over a group's own picture; true when it is another one now. */
export async function takeGroupPicture(
  applying: Applying,
  owner: ConversationId,
  channel: ChannelId,
  picture: Picture | undefined,
): Promise<boolean> {
  if (picture === undefined) return false
  return (await change(applying, 'conversations', [{ owner, channel, picture }])).length > 0
}

interface Wanted<Owner extends PictureOwner> {
  readonly owner: Owner
  /** By whose line it can be fetched. */
  readonly channel: ChannelId
  readonly picture: Picture
}

/** Notes the pictures that are new and asks for each to be fetched; gives whose they are. */
async function change<Owner extends PictureOwner>(
  applying: Applying,
  table: 'contacts' | 'conversations',
  wanted: readonly Wanted<Owner>[],
): Promise<readonly Owner[]> {
  const { tx, newId, now, jobs } = applying
  const latest = new Map(wanted.map((one) => [one.owner, one]))
  const known = await listPictures(tx, table, [...latest.keys()])
  const changed = [...latest.values()].filter(({ owner, picture }) => JSON.stringify(picture) !== JSON.stringify(known.get(owner) ?? null))
  const rows = changed.map(({ owner, channel, picture }) => ({
    owner_id: owner,
    picture_id: picture === null ? null : newId<MediaId>('media'),
    channel_id: channel,
    ref: picture,
  }))
  await insertPictures(tx, rows, now)
  await setPictures(tx, table, rows, now)
  jobs.push(...rows.flatMap(({ picture_id: id }) => (id === null ? [] : [{ kind: 'picture', key: id, payload: { media_id: id } }])))
  return changed.map((one) => one.owner)
}

/** Those whose pictures are of interest: with whom we talk, and who says something. Who is only in a group with us has no face here. */
function namesIn(event: InboundEvent): readonly ExternalId[] {
  switch (event.type) {
    case 'message':
    case 'edit':
    case 'reaction':
    case 'vote':
      return [event.sender.id]
    case 'contact':
      return [event.contact.id]
    case 'conversation':
      return event.contact === undefined ? [] : [event.contact.id]
    case 'delete':
    case 'receipt':
    case 'typing':
    case 'member':
    case 'channel':
    case 'phone':
    case 'template':
    case 'templates':
    case 'ignored':
      return []
  }
}
