import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { modes, type Mode } from '../contract/settings.ts'
import { ConfigError } from './lib/config-error.ts'
import { messageOf } from './lib/errors.ts'
import { type LogLevel, logLevels } from './lib/log.ts'
import { parseKeys } from './lib/secret-key.ts'
import { type FirstSetup, readFirstSetup } from './lib/setup-file.ts'
import type { KeyRing } from './lib/seal.ts'

/** How this process runs: what may be logged and shown (product.md section 8). */
export interface Config {
  readonly host: string
  readonly port: number
  /** Where browsers and networks reach us, without a slash at the end; absent: the address that we listen on. */
  readonly publicUrl: string | undefined
  readonly dataDir: string
  /** The first value of the setting; the setting stands afterwards. */
  readonly mode: Mode | undefined
  readonly allowedOrigins: readonly string[]
  /** Reverse proxies whose word on where a request comes from is taken: addresses and networks such as 10.0.0.0/8. */
  readonly trustedProxies: readonly string[]
  readonly logLevel: LogLevel
  readonly sandboxPort: number
  readonly mediaMaxBytes: number
  /** The program that turns recordings into voice notes: its name or path, or `off`. */
  readonly ffmpeg: string
  /** Where Meta's API and its files are; another one only for the sandbox and for tests. */
  readonly graphUrl: string
  readonly graphMediaUrl: string
  /** The config files of the homeserver and of the bridge, where this process may read them: what stands in them cannot be asked for. */
  readonly configFiles: { readonly homeserver: string | undefined; readonly bridge: string | undefined }
  /** Whether `/metrics` is open to all or needs an admin's key. */
  readonly metrics: 'key' | 'open'
}

/** What must never be logged or shown. */
export interface Secrets {
  /** Absent: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** Absent: the key in the data directory. */
  readonly sealingKeys: KeyRing | undefined
  readonly firstAdmin: { readonly email: string; readonly password: string; readonly name: string } | undefined
  /** What the Matrix road begins with; absent where an admin sets it up on the page. */
  readonly firstSetup: FirstSetup | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the environment. Throws ConfigError with every fault at once; a variable that is empty counts as left out. */
export function readConfig(environment: Environment): { readonly config: Config; readonly secrets: Secrets } {
  const faults: string[] = []
  const read = <T>(name: string, parse: (text: string) => T | undefined, expected: string): T | undefined => {
    const text = environment[name]?.trim()
    if (text === undefined || text === '') return undefined
    const value = parse(text)
    if (value === undefined) faults.push(`${name} must be ${expected}.`)
    return value
  }
  const config: Config = {
    host: read('MISTOK_HOST', parseHost, 'a host name or an IP address, such as 127.0.0.1 or 0.0.0.0') ?? '127.0.0.1',
    port: read('MISTOK_PORT', parsePort, expectedPort) ?? 8080,
    publicUrl: read('MISTOK_PUBLIC_URL', parseOrigin, 'an address without a path, such as https://inbox.example.com'),
    dataDir: resolve(read('MISTOK_DATA_DIR', (text) => text, 'a directory') ?? 'data'),
    mode: read('WHATSAPP_MODE', oneOf(modes), `one of ${modes.join(', ')}`),
    allowedOrigins:
      read('MISTOK_ALLOWED_ORIGINS', parseOrigins, 'origins parted by commas, such as https://crm.example.com,https://example.com:8443') ??
      [],
    trustedProxies:
      read('MISTOK_TRUSTED_PROXIES', parseNetworks, 'addresses or networks parted by commas, such as 127.0.0.1,10.0.0.0/8,fd00::/8') ?? [],
    logLevel: read('MISTOK_LOG_LEVEL', oneOf(logLevels), `one of ${logLevels.join(', ')}`) ?? 'info',
    sandboxPort:
      read('MISTOK_SANDBOX_PORT', parseSandboxPort, 'a port from 1 to 65531: the sandbox takes it and the four after it') ?? 8081,
    mediaMaxBytes: read('MISTOK_MEDIA_MAX', parseSize, 'a size such as 100 MB, of at least 1 MB') ?? 100 * megabyte,
    ffmpeg: read('MISTOK_FFMPEG', (text) => text, 'a program, or off') ?? 'ffmpeg',
    graphUrl:
      read('MISTOK_GRAPH_URL', parseOrigin, 'an address without a path, such as https://graph.facebook.com') ??
      'https://graph.facebook.com',
    graphMediaUrl:
      read('MISTOK_GRAPH_MEDIA_URL', parseOrigin, 'an address without a path, such as https://lookaside.fbsbx.com') ??
      'https://lookaside.fbsbx.com',
    configFiles: {
      homeserver: read('MISTOK_HOMESERVER_CONFIG', (text) => text, 'a file'),
      bridge: read('MISTOK_BRIDGE_CONFIG', (text) => text, 'a file'),
    },
    metrics: read('MISTOK_METRICS', oneOf(['key', 'open'] as const), 'key or open') ?? 'key',
  }
  const secrets: Secrets = {
    databaseUrl: read('DATABASE_URL', parseDatabaseUrl, 'an address such as postgresql://user:password@host:5432/database'),
    sealingKeys: readKeys(environment, read, faults),
    firstAdmin: readFirstAdmin(read, faults),
    firstSetup: readSetup(read, faults),
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return { config, secrets }
}

type Read = <T>(name: string, parse: (text: string) => T | undefined, expected: string) => T | undefined

const megabyte = 1024 * 1024
const expectedPort = 'a port from 0 to 65535 (0: any free one)'
const expectedKey = '32 random bytes in base64 or hex; an earlier key may follow after a comma'

function readKeys(environment: Environment, read: Read, faults: string[]): KeyRing | undefined {
  const file = read('MISTOK_SECRET_KEY_FILE', (text) => text, 'a file')
  if (file === undefined) return read('MISTOK_SECRET_KEY', parseKeys, expectedKey)
  if (environment.MISTOK_SECRET_KEY) {
    faults.push('MISTOK_SECRET_KEY and MISTOK_SECRET_KEY_FILE are both set. Keep one of them.')
    return undefined
  }
  try {
    const keys = parseKeys(readFileSync(file, 'utf8'))
    if (keys === undefined) faults.push(`The file of MISTOK_SECRET_KEY_FILE must hold ${expectedKey}.`)
    return keys
  } catch (error) {
    faults.push(`The file of MISTOK_SECRET_KEY_FILE cannot be read (${messageOf(error)}).`)
    return undefined
  }
}

function readSetup(read: Read, faults: string[]): FirstSetup | undefined {
  const file = read('MISTOK_SETUP_FILE', (text) => text, 'a file')
  if (file === undefined) return undefined
  try {
    return readFirstSetup(file)
  } catch (error) {
    faults.push(`The file of MISTOK_SETUP_FILE cannot be used (${messageOf(error)}).`)
    return undefined
  }
}

function readFirstAdmin(read: Read, faults: string[]): Secrets['firstAdmin'] {
  const email = read('MISTOK_ADMIN_EMAIL', (text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? text : undefined), 'an e-mail address')
  const password = read(
    'MISTOK_ADMIN_PASSWORD',
    (text) => (text.length >= 12 && text.length <= 256 ? text : undefined),
    'from 12 to 256 characters long',
  )
  if (email !== undefined && password !== undefined) return { email, password, name: email.split('@')[0] ?? email }
  if ((email === undefined) !== (password === undefined) && !faults.some((fault) => fault.startsWith('MISTOK_ADMIN_')))
    faults.push('MISTOK_ADMIN_EMAIL and MISTOK_ADMIN_PASSWORD belong together: set both or neither.')
  return undefined
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text)
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined
}

function parseSandboxPort(text: string): number | undefined {
  const port = parsePort(text)
  return port !== undefined && port >= 1 && port <= 65_531 ? port : undefined
}

function parseHost(text: string): string | undefined {
  return /^[A-Za-z0-9._:-]+$/.test(text) ? text : undefined
}

function parseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, pathname, search, hash, username, password, origin } = new URL(text)
  const bare = pathname === '/' && search === '' && hash === '' && username === '' && password === ''
  return bare && (protocol === 'https:' || protocol === 'http:') ? origin : undefined
}

function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseOrigin)
  return origins.includes(undefined) ? undefined : origins.filter((origin) => origin !== undefined)
}

function parseNetworks(text: string): readonly string[] | undefined {
  const networks = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return networks.every(isNetwork) ? networks : undefined
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const most = { 4: 32, 6: 128 }[isIP(address)]
  return most !== undefined && (bits === undefined || Number(bits) <= most)
}

function parseDatabaseUrl(text: string): string | undefined {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol) ? text : undefined
}

function parseSize(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+)\s*(|k|m|g)b?$/i.exec(text) ?? []
  if (amount === undefined) return undefined
  const bytes = Number(amount) * ({ k: 1024, m: megabyte, g: 1024 * megabyte }[unit.toLowerCase()] ?? 1)
  return bytes >= megabyte && Number.isSafeInteger(bytes) ? bytes : undefined
}
