import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The database of a test Synapse, as its `database` key wants it. */
export type SynapseDatabase =
  | { name: 'sqlite3'; args: { database: string } }
  | { name: 'psycopg2'; args: { host: string; port: number; user: string; dbname: string; cp_min: number; cp_max: number } }

/** What differs from one test Synapse to the next. `loginLimits: 'high'` is protocol/homeserver.md 9's addition for password users. */
export interface SynapseConfig {
  dir: string
  serverName: string
  port: number
  registrations: readonly object[]
  database: SynapseDatabase
  loginLimits: 'default' | 'high'
  registrationSharedSecret: string
}

const HIGH_LIMITS = {
  rc_login: { address: { per_second: 10, burst_count: 100 }, account: { per_second: 1, burst_count: 20 } },
  rc_joins: { local: { per_second: 10, burst_count: 100 } },
  rc_invites: { per_user: { per_second: 10, burst_count: 100 } },
}

function homeserverYaml(config: SynapseConfig, registrationFiles: string[]): object {
  const { dir, port } = config
  return {
    server_name: config.serverName,
    public_baseurl: `http://127.0.0.1:${port}/`,
    listeners: [
      { port, bind_addresses: ['127.0.0.1'], type: 'http', resources: [{ names: ['client', 'metrics', 'health'], compress: false }] },
    ],
    pid_file: join(dir, 'homeserver.pid'),
    database: config.database,
    media_store_path: join(dir, 'media'),
    signing_key_path: join(dir, 'signing.key'),
    app_service_config_files: registrationFiles,
    registration_shared_secret: config.registrationSharedSecret,
    macaroon_secret_key: 'test-macaroons',
    form_secret: 'test-forms',
    bcrypt_rounds: 4,
    report_stats: false,
    enable_metrics: true,
    enable_registration: false,
    experimental_features: { msc2409_to_device_messages_enabled: true },
    presence: { enabled: false },
    federation_domain_whitelist: [],
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    encryption_enabled_by_default_for_room_type: 'off',
    track_appservice_user_ips: false,
    forget_rooms_on_leave: false,
    max_upload_size: '100M',
    ...(config.loginLimits === 'high' ? HIGH_LIMITS : {}),
  }
}

/** Writes homeserver.yaml, the signing key and one file for each registration (protocol/homeserver.md 9); JSON, which is YAML too. */
export async function writeSynapseConfig(config: SynapseConfig): Promise<string> {
  await mkdir(join(config.dir, 'media'), { recursive: true })
  const registrationFiles: string[] = []
  for (const [index, registration] of config.registrations.entries()) {
    const file = join(config.dir, `registration-${index}.yaml`)
    await writeFile(file, JSON.stringify(registration, null, 2), { mode: 0o600 })
    registrationFiles.push(file)
  }
  const key = `ed25519 a_test ${randomBytes(32).toString('base64').replace(/=+$/, '')}\n`
  await writeFile(join(config.dir, 'signing.key'), key, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const file = join(config.dir, 'homeserver.yaml')
  await writeFile(file, JSON.stringify(homeserverYaml(config, registrationFiles), null, 2), { mode: 0o600 })
  return file
}
