import type { Bridge } from './bridge.ts'
import { answer, converse, failureText, type Conversation } from './bot-login.ts'
import { managementRoom, notice } from './bot-room.ts'
import type { Clients } from './clients.ts'
import { createDm } from './contacts.ts'
import { path } from './homeserver.ts'
import { legacyCommands, legacyVersion } from './legacy.ts'
import { objectOf, type JsonObject } from './json.ts'
import { loginFlows, type LoginFlows } from './login-flows.ts'
import { permissionOf } from './provisioning-auth.ts'
import { loginsOf } from './provisioning.ts'
import type { Login } from './store.ts'
import { plainBodyOf } from './plain-body.ts'

/** The bridge's bot: rooms it is invited to, and commands (protocol/bridge.md 2). */
export type Bot = { handle: (event: JsonObject) => Promise<void> }

/** A command: who gave it where, and the words after its name. */
type Order = {
  bridge: Bridge
  flows: LoginFlows
  clients: Clients
  talks: Map<string, Conversation>
  mxid: string
  roomId: string
  words: string[]
}

export function createBot(bridge: Bridge, flows: LoginFlows, clients: Clients): Bot {
  const talks = new Map<string, Conversation>()
  const tell = stateNotices(bridge)
  bridge.states.listen((login, state) => {
    tell(login, state).catch((error: unknown) => bridge.log(`state notice not sent: ${String(error)}`))
  })
  return {
    async handle(event) {
      const mxid = String(event['sender'])
      const roomId = String(event['room_id'])
      if (permissionOf(bridge.config, mxid) === 'block') return refuse(bridge, roomId, event)
      if (event['type'] === 'm.room.member') return member(bridge, roomId, mxid, event)
      const body = plainBodyOf(objectOf(event['content']))
      const managed = bridge.store.users.get(mxid)?.management_room === roomId
      if (event['type'] !== 'm.room.message' || (!managed && !body.startsWith(bridge.config.commandPrefix))) return
      const text = body.startsWith(`${bridge.config.commandPrefix} `) ? body.slice(bridge.config.commandPrefix.length + 1) : body
      // A command may take minutes; the room's next event does not wait for it, its status does.
      obey({ bridge, flows, clients, talks, mxid, roomId, words: text.trim().split(/\s+/) })
        .catch((error: unknown) => bridge.log(`command failed: ${String(error)}`))
        .finally(() => bridge.statuses.command({ roomId, eventId: String(event['event_id']), eventType: 'm.room.message' }))
    },
  }
}

/** Turns down an invitation from somebody who may not use the bridge. */
async function refuse(bridge: Bridge, roomId: string, event: JsonObject): Promise<void> {
  if (
    event['type'] !== 'm.room.member' ||
    event['state_key'] !== bridge.config.bot ||
    objectOf(event['content'])['membership'] !== 'invite'
  )
    return
  const body = { reason: "You don't have permission to interact with this bridge" }
  await bridge.homeserver.call('POST', path`/_matrix/client/v3/rooms/${roomId}/leave`, { as: bridge.config.bot, body })
}

/** Joins where a user invites the bot; the first room of two becomes the management room. Leaving it clears it. */
async function member(bridge: Bridge, roomId: string, mxid: string, event: JsonObject): Promise<void> {
  const { config, store, homeserver } = bridge
  const membership = objectOf(event['content'])['membership']
  const management = store.users.get(mxid)?.management_room
  if (membership === 'leave' && management === roomId) return store.commit({ t: 'user', mxid })
  if (membership !== 'invite' || event['state_key'] !== config.bot) return
  await homeserver.call('POST', path`/_matrix/client/v3/join/${roomId}`, { as: config.bot, body: {} })
  const answered = await homeserver.call('GET', path`/_matrix/client/v3/rooms/${roomId}/joined_members`, { as: config.bot })
  const alone = Object.keys(objectOf(answered['joined'])).length === 2
  if (alone && management === undefined) store.commit({ t: 'user', mxid, management_room: roomId })
  const managed = alone && (management ?? roomId) === roomId
  const prefix = managed ? '' : `${config.commandPrefix} `
  const hint = `Use \`${prefix}help\` for help or \`${prefix}login\` to log in.`
  const mark = managed ? '\n\nThis room has been marked as your management room.' : ''
  await notice(bridge, roomId, `Hello, I'm a WhatsApp bridge bot.\n\n${hint}${mark}`, { msgtype: 'm.text' })
}

const version = '[v26.08](https://github.com/mautrix/whatsapp/releases/v0.2608.0)'

const commands: { [name: string]: { help: string; run: (order: Order) => Promise<unknown> } } = {
  help: { help: 'Show this help message.', run: help },
  version: {
    help: 'Get the bridge version.',
    run: ({ bridge, roomId }) =>
      notice(
        bridge,
        roomId,
        `[mautrix-whatsapp](https://github.com/mautrix/whatsapp) ${bridge.config.legacy === true ? legacyVersion : version} (imitated by a sandbox)`,
      ),
  },
  cancel: { help: 'Cancel an ongoing action.', run: cancel },
  login: { help: 'Log into the bridge. <flow ID>', run: (order) => login(order, undefined) },
  relogin: { help: 'Re-authenticate an existing login. <login ID> <flow ID>', run: relogin },
  'list-logins': { help: 'List your logins.', run: listLogins },
  logout: { help: 'Log out of the bridge. <login ID>', run: logout },
  'set-management-room': { help: 'Mark this room as your management room.', run: setManagementRoom },
  'ping-matrix': { help: 'Check the double puppet.', run: pingMatrix },
  'start-chat': { help: 'Start a chat with a phone number.', run: startChat },
  pm: { help: 'The same as start-chat.', run: startChat },
}

async function obey(order: Order): Promise<void> {
  const { bridge, talks, mxid, roomId, words } = order
  const talk = talks.get(mxid)
  const [name = '', ...rest] = words
  const known = Object.hasOwn(commands, name.toLowerCase()) && (bridge.config.legacy !== true || legacyCommands.has(name.toLowerCase()))
  const command = known ? commands[name.toLowerCase()] : undefined
  if (command !== undefined) await command.run({ ...order, words: rest })
  else if (talk !== undefined && talk.process.current().type === 'user_input') await goOn(order, talk, words.join(' '))
  else await notice(bridge, roomId, 'Unknown command, use the `help` command for help.')
}

async function help({ bridge, roomId }: Order): Promise<void> {
  const lines = Object.entries(commands).map(([name, { help: text }]) => `**${name}** - ${text}`)
  await notice(bridge, roomId, lines.join('\n'))
}

async function cancel({ bridge, roomId, mxid, talks }: Order): Promise<void> {
  const talk = talks.get(mxid)
  if (talk === undefined) return void (await notice(bridge, roomId, 'No ongoing command.'))
  talks.delete(mxid)
  talk.cancelled = true
  talk.process.cancel()
  await notice(bridge, roomId, 'Login cancelled.')
}

async function login(order: Order, renewed: Login | undefined): Promise<void> {
  const { bridge, roomId, mxid, talks, words } = order
  if (talks.has(mxid))
    return void (await notice(
      bridge,
      roomId,
      `You already have an ongoing login. You can use \`${bridge.config.commandPrefix} cancel\` to cancel it.`,
    ))
  const [flow, ...values] = words
  if (flow === undefined || !loginFlows.some((each) => each.id === flow)) {
    const list = loginFlows.map((each) => `* \`${each.id}\` - ${each.description}`).join('\n')
    return void (await notice(bridge, roomId, `Please specify a login flow, e.g. \`login qr\`.\n\n${list}`))
  }
  if (renewed === undefined && loginsOf(bridge, mxid).length >= bridge.config.maxLogins) {
    return void (await notice(bridge, roomId, `You have reached the maximum number of logins (${bridge.config.maxLogins}).`))
  }
  try {
    const talk: Conversation = { roomId, process: order.flows.start(mxid, flow, renewed) }
    talks.set(mxid, talk)
    if (values.length > 0 && talk.process.current().type === 'user_input') await goOn(order, talk, values.join(''))
    else await lead(order, talk)
  } catch (error) {
    talks.delete(mxid)
    await notice(bridge, roomId, failureText(error))
  }
}

async function lead({ bridge, mxid, talks }: Order, talk: Conversation): Promise<void> {
  if ((await converse(bridge, talk)) === 'ended' && talks.get(mxid) === talk) talks.delete(mxid)
}

/** Takes the answer to a question; a login that ends by it says so. */
async function goOn(order: Order, talk: Conversation, text: string): Promise<void> {
  try {
    if (await answer(order.bridge, talk, text)) await lead(order, talk)
  } catch (error) {
    order.talks.delete(order.mxid)
    await notice(order.bridge, order.roomId, `Failed to submit input: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function ownLogin({ bridge, mxid, words }: Order): Login | undefined {
  return loginsOf(bridge, mxid).find((each) => each.id === words[0])
}

async function relogin(order: Order): Promise<void> {
  const own = ownLogin(order)
  if (own === undefined)
    return void (await notice(order.bridge, order.roomId, 'Usage: `relogin <login ID> [flow ID]`. The login was not found.'))
  await login({ ...order, words: order.words.slice(1) }, own)
}

async function listLogins({ bridge, roomId, mxid }: Order): Promise<void> {
  const lines = loginsOf(bridge, mxid).map(
    (each) => `* \`${each.id}\` (+${each.id}) - \`${String(bridge.states.current(each.id)['state_event'])}\``,
  )
  await notice(bridge, roomId, lines.length === 0 ? "You're not logged in" : lines.join('\n'))
}

async function logout(order: Order): Promise<void> {
  const own = ownLogin(order)
  if (own === undefined) return void (await notice(order.bridge, order.roomId, `Login \`${order.words[0] ?? ''}\` not found`))
  order.clients.remove(own, undefined, true)
  await notice(order.bridge, order.roomId, 'Logged out')
}

async function setManagementRoom({ bridge, roomId, mxid }: Order): Promise<void> {
  bridge.store.commit({ t: 'user', mxid, management_room: roomId })
  await notice(bridge, roomId, 'This room is now your management room.')
}

async function pingMatrix({ bridge, roomId, mxid }: Order): Promise<void> {
  bridge.puppets.retry(mxid)
  const puppet = await bridge.puppets.find(mxid)
  await notice(
    bridge,
    roomId,
    puppet === undefined ? "You're not logged in with your Matrix account." : `Confirmed valid access token for ${mxid}`,
  )
}

async function startChat(order: Order): Promise<void> {
  const { bridge, roomId, mxid, words } = order
  const own = ownLogin(order) ?? loginsOf(bridge, mxid)[0]
  const identifier = words.at(-1)
  if (own === undefined) return void (await notice(bridge, roomId, "You're not logged in"))
  if (identifier === undefined) return void (await notice(bridge, roomId, 'Usage: `start-chat <phone number>`'))
  try {
    const { result, created } = await createDm(bridge, own, identifier)
    await notice(bridge, roomId, `${created ? 'Created' : 'You already have a'} chat with ${String(result['name'])}`)
  } catch (error) {
    await notice(bridge, roomId, `Failed to start chat: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Notices of errors and of the recovery after them (`bridge_status_notices: errors`, protocol/bridge.md 7.2). */
function stateNotices(bridge: Bridge): (login: Login, state: JsonObject) => Promise<void> {
  const troubled = new Set<string>()
  return async (login, state) => {
    const failing = typeof state['error'] === 'string' && state['state_event'] !== 'TRANSIENT_DISCONNECT'
    if (state['state_event'] === 'CONNECTING' || (!failing && !troubled.delete(login.id))) return
    if (failing) troubled.add(login.id)
    const roomId = await managementRoom(bridge, login.mxid)
    const why = failing ? `: ${String(state['message'] ?? state['error'])}` : ''
    await notice(bridge, roomId, `State update for \`+${login.id}\`: \`${String(state['state_event'])}\`${why}`, {
      'fi.mau.bridge_state': state,
    })
  }
}
