import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { ConfigError } from './lib/config-error.ts'

const key = Buffer.alloc(32, 7)

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError) || error.exitCode !== 78) throw error
    return error.faults
  }
}

test('an empty environment gives the documented values', () => {
  const { config, secrets } = readConfig({ MISTOK_PORT: '', WHATSAPP_MODE: '  ' })
  expect(config).toEqual({
    host: '127.0.0.1',
    port: 8080,
    publicUrl: undefined,
    dataDir: join(process.cwd(), 'data'),
    mode: undefined,
    allowedOrigins: [],
    trustedProxies: [],
    logLevel: 'info',
    sandboxPort: 8081,
    mediaMaxBytes: 104_857_600,
    ffmpeg: 'ffmpeg',
    graphUrl: 'https://graph.facebook.com',
    graphMediaUrl: 'https://lookaside.fbsbx.com',
    configFiles: { homeserver: undefined, bridge: undefined },
    metrics: 'key',
  })
  expect(secrets).toEqual({ databaseUrl: undefined, sealingKeys: undefined, firstAdmin: undefined, firstSetup: undefined })
})

test('every variable is read, and secrets stand apart', () => {
  const environment = {
    MISTOK_HOST: '0.0.0.0',
    MISTOK_PORT: '0',
    MISTOK_PUBLIC_URL: 'https://inbox.example.com/',
    MISTOK_DATA_DIR: '/srv/mistok',
    DATABASE_URL: 'postgresql://mistok:hush@db/mistok',
    MISTOK_SECRET_KEY: `${key.toString('hex')},${key.toString('base64')}`,
    MISTOK_ADMIN_EMAIL: 'olena@example.com',
    MISTOK_ADMIN_PASSWORD: 'correct horse',
    WHATSAPP_MODE: 'both',
    MISTOK_ALLOWED_ORIGINS: 'https://crm.example.com, http://localhost:3000',
    MISTOK_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,fd00::/8',
    MISTOK_LOG_LEVEL: 'debug',
    MISTOK_SANDBOX_PORT: '9001',
    MISTOK_MEDIA_MAX: '2 GB',
    MISTOK_FFMPEG: '/opt/ffmpeg',
    MISTOK_GRAPH_URL: 'http://127.0.0.1:9004',
    MISTOK_GRAPH_MEDIA_URL: 'http://127.0.0.1:9005',
    MISTOK_METRICS: 'open',
    MISTOK_HOMESERVER_CONFIG: '/etc/matrix-synapse/homeserver.yaml',
    MISTOK_BRIDGE_CONFIG: '/opt/bridge/config.yaml',
  }
  const { config, secrets } = readConfig(environment)
  expect(config).toEqual({
    host: '0.0.0.0',
    port: 0,
    publicUrl: 'https://inbox.example.com',
    dataDir: '/srv/mistok',
    mode: 'both',
    allowedOrigins: ['https://crm.example.com', 'http://localhost:3000'],
    trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
    logLevel: 'debug',
    sandboxPort: 9001,
    mediaMaxBytes: 2 * 1024 ** 3,
    ffmpeg: '/opt/ffmpeg',
    graphUrl: 'http://127.0.0.1:9004',
    graphMediaUrl: 'http://127.0.0.1:9005',
    configFiles: { homeserver: '/etc/matrix-synapse/homeserver.yaml', bridge: '/opt/bridge/config.yaml' },
    metrics: 'open',
  })
  expect(secrets.databaseUrl).toBe(environment.DATABASE_URL)
  expect(secrets.firstAdmin).toEqual({ email: 'olena@example.com', password: 'correct horse', name: 'olena' })
  expect(secrets.sealingKeys?.current).toEqual(key)
  expect(secrets.sealingKeys?.previous).toEqual([key])
})

test('all faults are told at once, none repeats a secret', () => {
  const faults = faultsOf({
    MISTOK_PORT: '70000',
    MISTOK_PUBLIC_URL: 'https://example.com/inbox',
    DATABASE_URL: 'mysql://hush',
    MISTOK_SECRET_KEY: 'hush',
    MISTOK_ADMIN_EMAIL: 'olena@example.com',
    MISTOK_ADMIN_PASSWORD: 'hush',
    WHATSAPP_MODE: 'telegram',
    MISTOK_ALLOWED_ORIGINS: 'https://crm.example.com,*',
    MISTOK_TRUSTED_PROXIES: '10.0.0.0/33',
    MISTOK_LOG_LEVEL: 'loud',
    MISTOK_SANDBOX_PORT: '-1',
    MISTOK_MEDIA_MAX: '10',
    MISTOK_METRICS: 'yes',
    MISTOK_HOST: 'http://0.0.0.0',
  })
  const names = faults.map((fault) => fault.split(' ')[0])
  expect(new Set(names)).toEqual(
    new Set([
      'DATABASE_URL',
      'MISTOK_ADMIN_PASSWORD',
      'MISTOK_ALLOWED_ORIGINS',
      'MISTOK_HOST',
      'MISTOK_LOG_LEVEL',
      'MISTOK_MEDIA_MAX',
      'MISTOK_METRICS',
      'MISTOK_PORT',
      'MISTOK_PUBLIC_URL',
      'MISTOK_SANDBOX_PORT',
      'MISTOK_SECRET_KEY',
      'MISTOK_TRUSTED_PROXIES',
      'WHATSAPP_MODE',
    ]),
  )
  expect(names).toHaveLength(13)
  expect(faults.join(' ')).not.toContain('hush')
})

test.each([
  [{ MISTOK_ADMIN_EMAIL: 'olena@example.com' }, /belong together/],
  [{ MISTOK_ADMIN_PASSWORD: 'correct horse' }, /belong together/],
  [{ MISTOK_SECRET_KEY: key.toString('hex'), MISTOK_SECRET_KEY_FILE: '/nowhere' }, /both set/],
  [{ MISTOK_SECRET_KEY_FILE: '/nowhere/at/all' }, /cannot be read/],
])('%j is refused', (environment, sentence) => {
  expect(faultsOf(environment)).toEqual([expect.stringMatching(sentence)])
})

test.each(['0', '65532'])('the sandbox takes five ports in a row, which there are not from %s on', (port) => {
  expect(faultsOf({ MISTOK_SANDBOX_PORT: port })).toEqual([expect.stringContaining('MISTOK_SANDBOX_PORT')])
})

test('the key may stand in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mistok-config-'))
  try {
    const file = join(directory, 'key')
    writeFileSync(file, `${key.toString('base64')}\n`)
    expect(readConfig({ MISTOK_SECRET_KEY_FILE: file }).secrets.sealingKeys?.current).toEqual(key)
    writeFileSync(file, 'short')
    expect(faultsOf({ MISTOK_SECRET_KEY_FILE: file })).toEqual([expect.stringContaining('32 random bytes')])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
