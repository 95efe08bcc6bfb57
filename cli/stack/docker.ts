import { configsInContainer } from './mistok-env.ts'
import { databaseNames, type StackPlan } from './plan.ts'
import { yamlOf } from './yaml.ts'

/** What is run besides Mistok. A newer one is chosen in `.env`; `mistok doctor` says when one is too old. */
export const images = {
  SYNAPSE_IMAGE: 'ghcr.io/element-hq/synapse:v1.163.2',
  BRIDGE_IMAGE: 'dock.mau.dev/mautrix/whatsapp:v0.2609.0',
  POSTGRES_IMAGE: 'docker.io/library/postgres:17',
  PROXY_IMAGE: 'docker.io/library/caddy:2',
} as const

/** `compose.yaml`: five containers on a network of their own, of which the proxy alone is reached from outside. */
export function composeFile(plan: StackPlan): string {
  return yamlOf({
    name: 'mistok',
    services: { postgres: postgres(), synapse: synapse(plan), bridge: bridge(plan), mistok: mistok(plan), proxy: proxy() },
    networks: { inside: {} },
  })
}

const always = { restart: 'unless-stopped', networks: ['inside'], security_opt: ['no-new-privileges:true'] }
const healthy = { condition: 'service_healthy' }
const checked = (test: readonly string[]) => ({ test: ['CMD', ...test], interval: '10s', timeout: '5s', retries: 30, start_period: '60s' })

function postgres() {
  return {
    ...always,
    image: '${POSTGRES_IMAGE}',
    environment: { POSTGRES_PASSWORD_FILE: '/run/postgres-password', POSTGRES_INITDB_ARGS: '--encoding=UTF8 --locale=C' },
    volumes: [
      './postgres/password:/run/postgres-password:ro',
      './postgres/databases.sql:/docker-entrypoint-initdb.d/databases.sql:ro',
      './postgres/data:/var/lib/postgresql/data',
    ],
    shm_size: '256mb',
    stop_grace_period: '60s',
    healthcheck: checked(['pg_isready', '-U', 'postgres', '-d', databaseNames[0]]),
  }
}

/** Both give up root for the user to whom their folders belong. */
const asUser = ({ user }: StackPlan) => ({ UID: String(user), GID: String(user) })

function synapse(plan: StackPlan) {
  return {
    ...always,
    image: '${SYNAPSE_IMAGE}',
    environment: { SYNAPSE_CONFIG_PATH: '/data/homeserver.yaml', ...asUser(plan) },
    volumes: ['./synapse:/data'],
    depends_on: { postgres: healthy },
    healthcheck: checked(['curl', '-fsS', 'http://127.0.0.1:8008/health']),
  }
}

/** The image brings config and registration of its own only where there are none. */
function bridge(plan: StackPlan) {
  return {
    ...always,
    image: '${BRIDGE_IMAGE}',
    env_file: ['./bridge/environment'],
    environment: asUser(plan),
    volumes: ['./bridge:/data'],
    depends_on: { postgres: healthy, synapse: healthy },
    healthcheck: checked(['wget', '-qO-', 'http://127.0.0.1:29318/_matrix/mau/ready']),
  }
}

/** Of the other parts, what the doctor and the settings page look at; nothing else. */
const seen = [
  ...['homeserver.yaml', 'mistok.yaml', 'mistok-double-puppet.yaml', 'whatsapp.yaml'].map((name) => [`./synapse/${name}`, name] as const),
  ['./bridge/config.yaml', 'bridge.yaml'],
] as const

function mistok({ checkout, user }: StackPlan) {
  return {
    ...always,
    build: checkout,
    image: 'mistok:local',
    env_file: ['./mistok/environment'],
    user: `${user}:${user}`,
    read_only: true,
    tmpfs: ['/tmp'],
    cap_drop: ['ALL'],
    volumes: [
      './mistok:/etc/mistok:ro',
      './mistok/data:/var/lib/mistok',
      ...seen.map(([from, to]) => `${from}:${configsInContainer}/${to}:ro`),
    ],
    depends_on: { postgres: healthy },
    stop_grace_period: '15s',
  }
}

function proxy() {
  return {
    ...always,
    image: '${PROXY_IMAGE}',
    ports: ['80:80', '443:443', '443:443/udp'],
    volumes: ['./Caddyfile:/etc/caddy/Caddyfile:ro', './proxy/data:/data', './proxy/config:/config'],
    depends_on: { mistok: { condition: 'service_started' } },
  }
}
