import { databaseUrl, type StackPlan } from './plan.ts'
import { yamlOf } from './yaml.ts'

/** The registrations that the homeserver loads, by their file names beside its config. */
const registrationFiles = ['mistok.yaml', 'mistok-double-puppet.yaml', 'whatsapp.yaml'] as const

/** Where the homeserver finds its own files: the folder of its config, or where that is mounted in its container. */
function homeserverFolder({ kind, folder }: StackPlan): string {
  return kind === 'docker' ? '/data' : `${folder}/synapse`
}

/**
 * `homeserver.yaml` of a Synapse that serves this Mistok alone (protocol/homeserver.md 9): it federates with nobody, nobody registers, and
 * nothing is encrypted between the parts, which are all on one machine. What is left out stays as Synapse has it by itself.
 */
export function homeserverConfig(plan: StackPlan): string {
  const { serverName, homeserver, domain, secrets } = plan
  const own = homeserverFolder(plan)
  const { hostname: host, port, username: user, password, pathname } = new URL(databaseUrl(plan, 'synapse'))
  const database = { host, port: Number(port), user, password, dbname: pathname.slice(1), cp_min: 5, cp_max: 20 }
  return yamlOf({
    server_name: serverName,
    public_baseurl: `https://${domain}/`,
    // `client` brings media and the admin API along; the proxy lets neither that nor the metrics out.
    listeners: [
      {
        port: homeserver.port,
        bind_addresses: [homeserver.host],
        type: 'http',
        resources: [{ names: ['client', 'metrics', 'health'], compress: false }],
      },
    ],
    pid_file: `${own}/homeserver.pid`,
    database: { name: 'psycopg2', args: database },
    media_store_path: `${own}/media`,
    signing_key_path: `${own}/signing.key`,
    log_config: `${own}/log.yaml`,
    app_service_config_files: registrationFiles.map((name) => `${own}/${name}`),
    registration_shared_secret: secrets.homeserver.registration,
    macaroon_secret_key: secrets.homeserver.macaroon,
    form_secret: secrets.homeserver.form,
    enable_registration: false,
    report_stats: false,
    enable_metrics: true,
    presence: { enabled: false },
    federation_domain_whitelist: [],
    send_federation: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    encryption_enabled_by_default_for_room_type: 'off',
    track_appservice_user_ips: false,
    forget_rooms_on_leave: false,
    max_upload_size: '100M',
  })
}

/** By this key the homeserver signs what it says. */
export function signingKey({ secrets }: StackPlan): string {
  return `ed25519 a_mistok ${Buffer.from(secrets.homeserver.signingSeed, 'hex').toString('base64').replace(/=+$/, '')}\n`
}

/** It says to the journal what is wrong, and no line for each request. */
export const logConfig = yamlOf({
  version: 1,
  disable_existing_loggers: false,
  formatters: { plain: { format: '%(levelname)s %(name)s: %(message)s' } },
  handlers: { console: { class: 'logging.StreamHandler', formatter: 'plain' } },
  root: { level: 'WARNING', handlers: ['console'] },
})
