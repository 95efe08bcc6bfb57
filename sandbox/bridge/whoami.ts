import type { Bridge } from './bridge.ts'
import type { JsonObject } from './json.ts'
import { loginFlows } from './login-flows.ts'
import type { Login } from './store.ts'

const network = {
  displayname: 'WhatsApp',
  network_url: 'https://whatsapp.com',
  network_icon: 'mxc://maunium.net/NeXNQarUrblYBiPCpprYsRqr',
  network_id: 'whatsapp',
  beeper_bridge_type: 'whatsapp',
  default_port: 29318,
  default_command_prefix: '!wa',
}

const disappearing = { types: ['after_send'], timers: [86_400_000, 604_800_000, 7_776_000_000] }

/** What this bridge can do (protocol/bridge.md 1.4). */
export const capabilities = {
  resolve_identifier: {
    create_dm: true,
    lookup_phone: true,
    contact_list: true,
    lookup_email: false,
    lookup_username: false,
    any_phone: false,
    search: false,
  },
  group_creation: {
    group: {
      type_description: 'a group chat',
      name: { allowed: true, max_length: 100 },
      participants: { allowed: true, required: true, min_length: 1 },
      disappear: { allowed: true, settings: disappearing },
      parent: { allowed: true },
      avatar: { allowed: false },
      topic: { allowed: false },
      username: { allowed: false },
    },
  },
  image_pack_import: true,
}

/** Who the bridge is and which accounts this user has there (protocol/bridge.md 1.3). */
export function whoami(bridge: Bridge, mxid: string, logins: Login[]): JsonObject {
  const management = bridge.store.users.get(mxid)?.management_room
  return {
    network,
    login_flows: loginFlows,
    homeserver: bridge.config.serverName,
    bridge_bot: bridge.config.bot,
    command_prefix: bridge.config.commandPrefix,
    ...(management === undefined ? {} : { management_room: management }),
    logins: logins.map((login) => account(bridge, login)),
  }
}

function account(bridge: Bridge, login: Login): JsonObject {
  const state = bridge.states.current(login.id)
  return {
    state_event: state['state_event'],
    state_ts: state['timestamp'],
    ...(state['reason'] === undefined ? {} : { state_reason: state['reason'] }),
    ...(state['info'] === undefined ? {} : { state_info: state['info'] }),
    state,
    id: login.id,
    name: `+${login.id}`,
    profile: { phone: `+${login.id}`, name: login.name },
  }
}
