import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../server/config.ts'
import { checkBridgeConfig, checkHomeserverConfig } from '../../server/providers/matrix/setup/config-files.ts'
import { environmentText } from './mistok-env.ts'
import { type Files, stackFiles, writeFiles } from './files.ts'
import { makePlan, type StackKind, type StackOrder, usualPorts } from './plan.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mistok-stack-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const orderOf = (kind: StackKind): StackOrder => ({
  kind,
  domain: 'crm.example.com',
  serverName: 'example.com',
  adminEmail: 'you@example.com',
  tls: 'auto',
  folder,
  checkout: '/opt/mistok-src',
  user: 1000,
  ports: { ...usualPorts, mistok: 9080 },
})
const filesOf = (kind: StackKind): Files => stackFiles(makePlan(orderOf(kind)))
const kinds: StackKind[] = ['docker', 'systemd']

test.each(kinds)('%s: the doctor has nothing to say of the files, by whatever paths the homeserver knows them', (kind) => {
  const files = filesOf(kind)
  writeFiles(folder, files)
  const checks = [
    ...checkBridgeConfig(join(folder, 'bridge/config.yaml')),
    ...checkHomeserverConfig(join(folder, 'synapse/homeserver.yaml')),
  ]
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
})

test.each(kinds)('%s: the environment is one that Mistok starts with', (kind) => {
  const files = filesOf(kind)
  writeFiles(folder, files)
  const pairs = (files['mistok/environment'] ?? '')
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  const environment = Object.fromEntries(pairs) as Record<string, string>
  const inPlace = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace('/etc/mistok', `${folder}/mistok`)]),
  )
  const { config, secrets } = readConfig(inPlace)
  expect(config).toMatchObject({ publicUrl: 'https://crm.example.com', mode: 'matrix', port: kind === 'docker' ? 8080 : 9080 })
  expect(secrets.firstSetup?.matrix).toMatchObject({ server_name: 'example.com', admin_login: 'mistok-admin' })
  expect(secrets.firstAdmin?.password.length).toBeGreaterThanOrEqual(12)
  expect(secrets.sealingKeys?.current).toHaveLength(32)
})

test('every secret is made anew, is nobody else’s, and is readable by its owner alone', () => {
  const [one, other] = [makePlan(orderOf('docker')), makePlan(orderOf('docker'))]
  const all = (plan: typeof one) => leavesOf(plan.secrets)
  expect(new Set([...all(one), ...all(other)]).size).toBe(2 * all(one).length)
  writeFiles(folder, stackFiles(one))
  for (const file of ['mistok/environment', 'mistok/secret.key', 'synapse/homeserver.yaml', 'bridge/config.yaml', 'postgres'])
    expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0)
})

test('nothing that is there is written over', () => {
  writeFileSync(join(folder, 'Caddyfile'), 'mine')
  expect(() => writeFiles(folder, filesOf('docker'))).toThrow(/Caddyfile is there already/)
  expect(readFileSync(join(folder, 'Caddyfile'), 'utf8')).toBe('mine')
})

test('containers: the proxy alone is reached from outside, Mistok runs without rights, and each waits for what it needs', () => {
  const { services } = parse(filesOf('docker')['compose.yaml'] ?? '') as { services: Record<string, Record<string, unknown>> }
  expect(Object.entries(services).flatMap(([name, one]) => ('ports' in one ? [name] : []))).toEqual(['proxy'])
  expect(services['mistok']).toMatchObject({ user: '1000:1000', read_only: true, cap_drop: ['ALL'] })
  expect(services['bridge']).toMatchObject({
    depends_on: { synapse: { condition: 'service_healthy' } },
    env_file: ['./bridge/environment'],
    environment: { UID: '1000', GID: '1000' },
  })
  expect(services['synapse']).toMatchObject({ environment: { UID: '1000', GID: '1000' } })
  expect(filesOf('docker')['.env']).toMatch(/^SYNAPSE_IMAGE=\S+:v1\.\d+\.\d+$/m)
})

test('the proxy lets out what browsers and other Matrix clients need, and nothing of what the parts say to one another', () => {
  const caddy = filesOf('systemd')['Caddyfile'] ?? ''
  expect(caddy).toMatch(/handle \/_matrix\/app\/\* \{\n\t\trespond 404/)
  expect(caddy).toMatch(/handle \/_matrix\/client\/\* \{\n\t\treverse_proxy 127\.0\.0\.1:8008/)
  expect(caddy).not.toMatch(/_synapse/)
  expect(stackFiles(makePlan({ ...orderOf('systemd'), tls: 'internal' }))['Caddyfile']).toMatch(/tls internal/)
})

test('an environment is one name and value a line', () => {
  expect(environmentText({ A: '1', B: 'two' })).toBe('A=1\nB=two\n')
})

function leavesOf(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(leavesOf)
}
