import type { Registration } from '../../server/providers/matrix/setup/registration.ts'

/** What the config of the bridge says of this installation; everything else is the same everywhere. */
export interface BridgeConfigInput {
  readonly homeserverUrl: string
  readonly serverName: string
  /** Mistok's own address, as the bridge reaches it. */
  readonly mistokUrl: string
  /** The bridge's address, as the homeserver reaches it. */
  readonly bridgeUrl: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly database: { readonly type: 'postgres' | 'sqlite3-fk-wal'; readonly uri: string }
  /** Who may command the bridge: a Matrix user of the operator's. */
  readonly adminUserId?: string | undefined
  /** What a text must begin with to be a command: nothing that anybody would type (safety.md 13). */
  readonly commandPrefix: string
  /** Numbers that one Matrix account may link; all shared numbers of one account count. */
  readonly maxLogins: number
  readonly secrets: {
    readonly asToken: string
    readonly hsToken: string
    readonly provisioning: string
    /** Of the second registration that `mistok registration` prints; without it there is no double puppeting. */
    readonly doublePuppet: string | undefined
  }
}

/** A part of the config: what YAML can say. */
export type Config = { readonly [key: string]: Config | string | number | boolean }

/**
 * The bridge's `config.yaml` (protocol/bridge.md 12.4): what is left out stays as the bridge has it by itself. Where there were two opinions
 * `docs/decisions/2026-11-22-a-real-bridge.md` says which one was kept, and what running showed.
 */
export function bridgeConfig(input: BridgeConfigInput): Config {
  const { serverName, secrets, listen } = input
  const webhook = `${input.mistokUrl.replace(/\/+$/, '')}/api/v1/integrations/matrix/webhook`
  return {
    bridge: bridgeSection(input),
    database: { type: input.database.type, uri: input.database.uri },
    homeserver: {
      address: input.homeserverUrl.replace(/\/+$/, ''),
      domain: serverName,
      status_endpoint: webhook,
      message_send_checkpoint_endpoint: webhook,
      retry_limit: 30,
    },
    appservice: {
      address: input.bridgeUrl.replace(/\/+$/, ''),
      hostname: listen.host,
      port: listen.port,
      id: 'whatsapp',
      bot: { username: 'whatsappbot', displayname: 'WhatsApp bridge bot' },
      as_token: secrets.asToken,
      hs_token: secrets.hsToken,
      username_template: 'whatsapp_{{.}}',
      async_transactions: false,
    },
    matrix: {
      message_status_events: true,
      message_error_notices: false,
      delivery_receipts: false,
      federate_rooms: false,
      ghost_extra_profile_info: true,
    },
    provisioning: {
      shared_secret: secrets.provisioning,
      allow_matrix_auth: false,
      debug_endpoints: false,
      enable_session_transfers: false,
    },
    double_puppet: { secrets: secrets.doublePuppet === undefined ? {} : { [serverName]: `as_token:${secrets.doublePuppet}` } },
    backfill: { enabled: true, max_initial_messages: 100, max_catchup_messages: 1000, unread_hours_threshold: 168 },
    encryption: { allow: false },
    network: networkSection,
  }
}

function bridgeSection({ serverName, adminUserId, commandPrefix, maxLogins }: BridgeConfigInput): Config {
  const user = { send_events: true, commands: true, login: true, double_puppet: true, max_logins: maxLogins }
  return {
    command_prefix: commandPrefix,
    personal_filtering_spaces: false,
    private_chat_portal_meta: true,
    // Before the first login only: it cannot be turned off again.
    split_portals: true,
    bridge_status_notices: 'errors',
    unknown_error_auto_reconnect: '15m',
    deduplicate_matrix_messages: true,
    // Durable mode: WhatsApp is told "received" when the homeserver has the message. Before mautrix-go 0.31 this is an environment variable.
    portal_event_buffer: 0,
    kick_matrix_users: true,
    phone_numbers_in_profile: true,
    revert_failed_state_changes: true,
    relay: { enabled: false },
    cleanup_on_logout: { enabled: false },
    permissions: { '*': 'block', [serverName]: user, ...(adminUserId === undefined ? {} : { [adminUserId]: 'admin' }) },
  }
}

/** The WhatsApp part. The phone stands in the name, as most homeservers show it nowhere else (protocol/bridge.md 4.4). */
const networkSection: Config = {
  displayname_template: '{{or .FullName .BusinessName .PushName .Phone .RedactedPhone "Unknown user"}}{{with .Phone}} [{{.}}]{{end}}',
  enable_status_broadcast: false,
  force_active_delivery_receipts: true,
  use_whatsapp_retry_store: true,
  extev_polls: false,
  history_sync: { max_initial_conversations: 200, request_full_sync: false },
}

/** What the process of the bridge has in its environment: the durable mode of bridges before mautrix-go 0.31, and its patience (protocol/bridge.md 8.4). */
export const bridgeEnvironment = { MAUTRIX_PORTAL_EVENT_BUFFER: '0', MAUTRIX_EVENT_HANDLING_TIMEOUT_TICKS: '2880' } as const

/** The bridge's `registration.yaml`, for the homeserver (protocol/bridge.md 3.1). Hidden ids are among the names of its ghosts. */
export function bridgeRegistration({ bridgeUrl, serverName, secrets }: BridgeConfigInput, senderLocalpart: string): Registration {
  const server = serverName.replaceAll('.', '\\.')
  return {
    id: 'whatsapp',
    url: bridgeUrl.replace(/\/+$/, ''),
    as_token: secrets.asToken,
    hs_token: secrets.hsToken,
    sender_localpart: senderLocalpart,
    rate_limited: false,
    'de.sorunome.msc2409.push_ephemeral': true,
    receive_ephemeral: true,
    namespaces: {
      users: [`^@whatsappbot:${server}$`, `^@whatsapp_.*:${server}$`].map((regex) => ({ exclusive: true, regex })),
      aliases: [],
      rooms: [],
    },
  }
}
