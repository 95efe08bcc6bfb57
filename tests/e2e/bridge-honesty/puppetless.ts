import { at, listAt, path } from '../matrix-http.ts'
import { olena, ours, petro, type Script } from './script.ts'
import { stateView } from './sections.ts'

/** Where the bridge may not write in our user's name: it is invited, and its phone's words are a ghost's (protocol/bridge.md 3.4). */
export async function puppetless(script: Script): Promise<void> {
  const { note, user, phones } = script
  await phones.act(olena, '', { name: 'Олена Коваль' })
  await phones.act(petro, '', { name: 'Петро Мельник' })
  await phones.act(ours, '', { name: 'Крамниця' })
  const direct = await script.brings(olena, { to: ours, type: 'text', text: 'hello' })
  note('invited to a chat', await invitationTo(script, direct.room_id))
  await user.post(path`/_matrix/client/v3/rooms/${direct.room_id}/join`)
  note('state of a chat', nameless(await stateView(script, direct.room_id)))
  note('what was said before', (await user.get(path`/_matrix/client/v3/rooms/${direct.room_id}/event/${direct.event_id}`)).status)
  note('from the phone', (await script.writes(ours, { to: olena, type: 'text', text: 'з телефона' })).event)
  const image = await script.writes(ours, { to: olena, type: 'image', text: 'ось' })
  note('a file from the phone', image.event)
  const group = await phones.group('Ремонт', [ours, olena, petro])
  const inGroup = await script.brings(petro, { group, type: 'text', text: 'Коли?' })
  note('invited to a group', JSON.parse(JSON.stringify(await invitationTo(script, inGroup.room_id)).replaceAll(group, '<group>')))
}

/** What a user is told of a room before it has joined. */
async function invitationTo({ user }: Script, room: string): Promise<unknown> {
  const { body } = await user.get('/_matrix/client/v3/sync', { timeout: 0 })
  const events = listAt(at(body, 'rooms', 'invite', room), 'invite_state', 'events')
  const views = events
    .filter((event) => !String(at(event, 'content', 'name')).startsWith('Олена'))
    .map((event) => ({
      type: at(event, 'type'),
      state_key: at(event, 'state_key'),
      sender: at(event, 'sender'),
      content: { ...(at(event, 'content') as object), avatar_url: undefined },
    }))
  return views.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** Without the name of the chat: the bridge learns a stranger's when it has made the room, and nobody relies on it. */
function nameless(state: object): object {
  const kept = Object.entries(state).filter(([key]) => key !== 'm.room.name ')
  return JSON.parse(JSON.stringify(Object.fromEntries(kept)).replaceAll(/"displayname":"Олена[^"]*",/g, '')) as object
}
