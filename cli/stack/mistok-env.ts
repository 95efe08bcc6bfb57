import { databaseUrl, type StackPlan } from './plan.ts'

/** Where Mistok's container finds what belongs to it; on the machine itself it is the folder. */
const inContainer = '/etc/mistok'

/** And the config files of the other parts, for the doctor and the settings page. */
export const configsInContainer = '/etc/mistok-parts'

/** Mistok's environment (README, "Settings of the process"): how it runs, and its first admin. */
export function mistokEnvironment(plan: StackPlan): Readonly<Record<string, string>> {
  const { kind, folder, domain, mistok, adminEmail, secrets } = plan
  const own = kind === 'docker' ? inContainer : `${folder}/mistok`
  return {
    MISTOK_HOST: mistok.host,
    MISTOK_PORT: String(mistok.port),
    MISTOK_PUBLIC_URL: `https://${domain}`,
    MISTOK_DATA_DIR: kind === 'docker' ? '/var/lib/mistok' : `${folder}/mistok/data`,
    DATABASE_URL: databaseUrl(plan, 'mistok'),
    MISTOK_SECRET_KEY_FILE: `${own}/secret.key`,
    MISTOK_SETUP_FILE: `${own}/setup.json`,
    MISTOK_HOMESERVER_CONFIG: kind === 'docker' ? `${configsInContainer}/homeserver.yaml` : `${folder}/synapse/homeserver.yaml`,
    MISTOK_BRIDGE_CONFIG: kind === 'docker' ? `${configsInContainer}/bridge.yaml` : `${folder}/bridge/config.yaml`,
    MISTOK_ADMIN_EMAIL: adminEmail,
    MISTOK_ADMIN_PASSWORD: secrets.adminPassword,
    WHATSAPP_MODE: 'matrix',
    MISTOK_TRUSTED_PROXIES: kind === 'docker' ? '172.16.0.0/12' : '127.0.0.1',
  }
}

/** As a file that both a container engine and systemd read: one `NAME=value` a line, nothing quoted. */
export function environmentText(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
