/** A value in a config file that decides what is lost or shown, and what it costs where it is another one. */
export interface Wanted {
  /** The check of the doctor. */
  readonly id: string
  readonly path: string
  readonly isRight: (value: unknown) => boolean
  readonly right: string
  readonly cost: string
  readonly fix: string
  /** What has to stand in the file. */
  readonly lines: string
}

/** The bridge's `config.yaml`: what nobody can see from outside, and most installations have wrong (protocol/bridge.md 8.4, 12.4). */
export const wantedOfBridge: readonly Wanted[] = [
  {
    id: 'bridge_durable_mode',
    path: 'bridge.portal_event_buffer',
    isRight: (value) => value === 0,
    right: 'WhatsApp is told that a message has arrived when the homeserver has it.',
    cost: 'WhatsApp is told that a message has arrived while the bridge only holds it in memory: what is there when it ends is lost.',
    fix: 'Set bridge.portal_event_buffer to 0; a bridge older than mautrix-go 0.31 reads MAUTRIX_PORTAL_EVENT_BUFFER=0 in its environment instead.',
    lines: 'bridge:\n  portal_event_buffer: 0',
  },
  {
    id: 'bridge_history',
    path: 'backfill.enabled',
    isRight: (value) => value === true,
    right: 'The history of a phone is brought when it is linked, and what was missed when the bridge was away.',
    cost: 'A phone comes without its history, and what was written while the bridge was away stays missing.',
    fix: 'Set backfill.enabled to true before phones are linked.',
    lines: 'backfill:\n  enabled: true',
  },
  {
    id: 'bridge_split_rooms',
    path: 'bridge.split_portals',
    isRight: (value) => value === true,
    right: 'Two numbers in one group have a room each.',
    cost: 'Two numbers in one WhatsApp group share a room, and see what is meant for the other.',
    fix: 'Set bridge.split_portals to true before the first phone is linked; later it takes a new database of the bridge.',
    lines: 'bridge:\n  split_portals: true',
  },
  {
    id: 'bridge_double_puppet',
    path: 'double_puppet.secrets',
    isRight: (value) =>
      typeof value === 'object' && value !== null && Object.values(value).some((one) => String(one).startsWith('as_token:')),
    right: 'What is typed on the phone comes in the name of whoever typed it.',
    cost: 'What is typed on the phone comes as if a stranger had written it, and chats stay invitations.',
    fix: 'Put what `mistok registration` prints into double_puppet.secrets.',
    lines: 'double_puppet:\n  secrets:\n    "<server name>": "as_token:<as_token of mistok-double-puppet.yaml>"',
  },
  {
    id: 'bridge_ticks',
    path: 'matrix.message_status_events',
    isRight: (value) => value === true,
    right: 'The bridge says whether WhatsApp has taken what was sent.',
    cost: 'Nobody learns whether WhatsApp has taken what was sent: messages stay in doubt, and each waits for the one before.',
    fix: 'Set matrix.message_status_events to true.',
    lines: 'matrix:\n  message_status_events: true',
  },
  {
    id: 'bridge_once',
    path: 'bridge.deduplicate_matrix_messages',
    isRight: (value) => value === true,
    right: 'What the homeserver tells the bridge twice goes to WhatsApp once.',
    cost: 'When the homeserver tells the bridge of a message twice, the customer gets it twice.',
    fix: 'Set bridge.deduplicate_matrix_messages to true.',
    lines: 'bridge:\n  deduplicate_matrix_messages: true',
  },
  {
    id: 'bridge_encryption',
    path: 'encryption.allow',
    isRight: (value) => value === false || value === undefined,
    right: 'Nothing is encrypted between the bridge and this server.',
    cost: 'In rooms that become encrypted nothing can be read any more.',
    fix: 'Set encryption.allow to false.',
    lines: 'encryption:\n  allow: false',
  },
  {
    id: 'bridge_relay',
    path: 'bridge.permissions',
    isRight: (value) => typeof value === 'object' && value !== null && (value as Record<string, unknown>)['*'] === 'block',
    right: 'Nobody of other servers may use the bridge.',
    cost: 'People of other homeservers may use the bridge.',
    fix: 'Set "*" under bridge.permissions to block.',
    lines: 'bridge:\n  permissions:\n    "*": block',
  },
  {
    id: 'bridge_order',
    path: 'appservice.async_transactions',
    isRight: (value) => value !== true,
    right: 'What is sent in one chat reaches WhatsApp in its order.',
    cost: 'What is sent in one chat may reach WhatsApp in another order.',
    fix: 'Set appservice.async_transactions to false.',
    lines: 'appservice:\n  async_transactions: false',
  },
  {
    id: 'bridge_retry_store',
    path: 'network.use_whatsapp_retry_store',
    isRight: (value) => value === true,
    right: 'A phone that could not read a message gets it again, also after the bridge was restarted.',
    cost: 'What a customer’s phone could not read at first stays unreadable there when the bridge was restarted meanwhile.',
    fix: 'Set network.use_whatsapp_retry_store to true.',
    lines: 'network:\n  use_whatsapp_retry_store: true',
  },
  {
    id: 'bridge_matrix_auth',
    path: 'provisioning.allow_matrix_auth',
    isRight: (value) => value === false,
    right: 'Phones are linked by this server alone.',
    cost: 'Whoever has an account of the homeserver links phones past this server, and nobody learns of it here.',
    fix: 'Set provisioning.allow_matrix_auth to false once the bridge’s secret is entered here.',
    lines: 'provisioning:\n  allow_matrix_auth: false',
  },
  {
    id: 'bridge_transfers',
    path: 'provisioning.enable_session_transfers',
    isRight: (value) => value !== true,
    right: 'A linked phone cannot be taken out of the bridge over the network.',
    cost: 'Whoever knows the bridge’s secret can take a linked phone out of it, keys included.',
    fix: 'Set provisioning.enable_session_transfers to false.',
    lines: 'provisioning:\n  enable_session_transfers: false',
  },
]

/** `homeserver.yaml` of Synapse (protocol/homeserver.md 9). What is left out is right where Synapse has it so by itself. */
export const wantedOfHomeserver: readonly Wanted[] = [
  {
    id: 'homeserver_forgetting',
    path: 'forget_rooms_on_leave',
    isRight: (value) => value !== true,
    right: 'A chat that was left can still be read.',
    cost: 'A chat that is left is forgotten before what was said last has been fetched.',
    fix: 'Set forget_rooms_on_leave to false.',
    lines: 'forget_rooms_on_leave: false',
  },
  {
    id: 'homeserver_encryption',
    path: 'encryption_enabled_by_default_for_room_type',
    isRight: (value) => value === undefined || value === 'off' || value === false,
    right: 'New rooms are not encrypted.',
    cost: 'New chats are encrypted, and nothing in them can be read.',
    fix: "Set encryption_enabled_by_default_for_room_type to 'off'.",
    lines: "encryption_enabled_by_default_for_room_type: 'off'",
  },
  {
    id: 'homeserver_registration',
    path: 'enable_registration',
    isRight: (value) => value !== true,
    right: 'Strangers cannot make themselves accounts.',
    cost: 'Anybody who reaches the homeserver makes an account there, and the bridge lets it link phones.',
    fix: 'Set enable_registration to false.',
    lines: 'enable_registration: false',
  },
  {
    id: 'homeserver_retention',
    path: 'retention.enabled',
    isRight: (value) => value !== true,
    right: 'The homeserver keeps what was said.',
    cost: 'What the homeserver throws away before it was fetched is lost.',
    fix: 'Set retention.enabled to false, or its shortest time to weeks.',
    lines: 'retention:\n  enabled: false',
  },
]

/** What stands at a path such as `bridge.permissions`; undefined where nothing does. */
export function valueAt(config: unknown, path: string): unknown {
  let value = config
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
