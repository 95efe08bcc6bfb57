import type { DeviceEvent } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { path } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { bridgeInfo, joinRoom } from './portals.ts'
import type { Login, Portal } from './store.ts'

type Broadcast = Extract<DeviceEvent, { kind: 'broadcast' }>

const chats = {
  status: { jid: 'status@broadcast', name: 'WhatsApp Status Broadcast', more: {}, creation: {} },
  newsletter: { jid: '120363999000000001@newsletter', name: 'News', more: {}, creation: {} },
  community: {
    jid: '120363999000000002@g.us',
    name: 'Community',
    more: { 'com.beeper.room_type': 'space', 'com.beeper.room_type.v2': 'space' },
    creation: { type: 'm.space' },
  },
} as const

/** What is said to many at once, in a room of its kind: a status by its author's ghost, a channel's post by the bot (protocol/bridge.md 4.7). */
export async function bringBroadcast(bridge: Bridge, login: Login, event: Broadcast): Promise<void> {
  const key = `${login.id} ${chats[event.to].jid}`
  const roomId = await bridge.lanes.run(
    `portal ${key}`,
    async () => bridge.store.portals.get(key)?.room_id ?? create(bridge, login, key, event),
  )
  const author = event.to === 'status' ? await bridge.ghosts.ensure(event.from, login.id) : bridge.config.bot
  if (author !== bridge.config.bot) await joinRoom(bridge, roomId, author, { as: author })
  const where = path`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${`wa_${login.id}_${event.to}_${event.at}`}`
  const ts = Math.floor(event.at / 1000) * 1000
  await bridge.homeserver.call('PUT', where, { as: author, ts, body: { msgtype: 'm.text', body: event.text, 'm.mentions': {} } })
}

async function create(bridge: Bridge, login: Login, key: string, { to }: Broadcast): Promise<string> {
  const { config } = bridge
  const { jid, name, more, creation } = chats[to]
  const info: JsonObject = { ...bridgeInfo(config, login, { jid, type: 'group', name }), ...more }
  const stateKey = `${config.serverName}/whatsapp`
  const body: JsonObject = {
    preset: 'private_chat',
    creation_content: { 'm.federate': false, ...creation },
    initial_state: [
      { type: 'm.room.name', state_key: '', content: { name } },
      { type: 'm.bridge', state_key: stateKey, content: info },
      { type: 'uk.half-shot.bridge', state_key: stateKey, content: info },
    ],
  }
  const answer = await bridge.homeserver.call('POST', '/_matrix/client/v3/createRoom', { as: config.bot, body })
  const portal: Portal = { key, login: login.id, jid, type: 'group', room_id: String(answer['room_id']), name, ready_for: login.mxid }
  bridge.store.commit({ t: 'portal', portal })
  const puppet = await bridge.puppets.find(login.mxid)
  if (puppet !== undefined) await joinRoom(bridge, portal.room_id, login.mxid, puppet)
  else {
    const invite = path`/_matrix/client/v3/rooms/${portal.room_id}/state/m.room.member/${login.mxid}`
    await bridge.homeserver.call('PUT', invite, { as: config.bot, body: { membership: 'invite' } })
  }
  return portal.room_id
}
