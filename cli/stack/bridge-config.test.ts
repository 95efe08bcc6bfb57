import { expect, test } from 'vitest'
import { bridgeConfig, type BridgeConfigInput, bridgeRegistration } from './bridge-config.ts'
import { yamlOf } from './yaml.ts'

const input: BridgeConfigInput = {
  homeserverUrl: 'http://127.0.0.1:8008/',
  serverName: 'example.org',
  mistokUrl: 'https://crm.example.org/',
  bridgeUrl: 'http://127.0.0.1:29318',
  listen: { host: '127.0.0.1', port: 29318 },
  database: { type: 'postgres', uri: 'postgres://bridge@localhost/bridge' },
  adminUserId: '@root:example.org',
  commandPrefix: '!wa-1f2e',
  maxLogins: 20,
  secrets: { asToken: 'as', hsToken: 'hs', provisioning: 'p'.repeat(64), doublePuppet: 'dp' },
}

test('what we rely on is in it, and nobody from elsewhere may do anything', () => {
  expect(bridgeConfig(input)).toMatchObject({
    bridge: {
      split_portals: true,
      portal_event_buffer: 0,
      deduplicate_matrix_messages: true,
      permissions: {
        '*': 'block',
        'example.org': { send_events: true, commands: true, login: true, double_puppet: true, max_logins: 20 },
        '@root:example.org': 'admin',
      },
    },
    homeserver: {
      address: 'http://127.0.0.1:8008',
      status_endpoint: 'https://crm.example.org/api/v1/integrations/matrix/webhook',
      message_send_checkpoint_endpoint: 'https://crm.example.org/api/v1/integrations/matrix/webhook',
    },
    matrix: { message_status_events: true, federate_rooms: false },
    provisioning: { shared_secret: 'p'.repeat(64), allow_matrix_auth: false },
    double_puppet: { secrets: { 'example.org': 'as_token:dp' } },
    backfill: { enabled: true },
    encryption: { allow: false },
  })
  expect(bridgeConfig({ ...input, adminUserId: undefined })).toMatchObject({
    bridge: { permissions: { '*': 'block', 'example.org': { login: true } } },
  })
})

test('the registration takes in ghosts by number and by hidden id, and the bot, and nobody else', () => {
  const { namespaces } = bridgeRegistration(input, 'nobody')
  const isTaken = (mxid: string) => namespaces.users.some(({ regex }) => new RegExp(regex).test(mxid))
  expect(['@whatsapp_380501234567:example.org', '@whatsapp_lid-1:example.org', '@whatsappbot:example.org'].map(isTaken)).toEqual([
    true,
    true,
    true,
  ])
  expect(['@whatsapp_lid-1:exampleXorg', '@someone:example.org', '@whatsappbot2:example.org'].map(isTaken)).toEqual([false, false, false])
})

test('as YAML: levels by blanks, texts quoted, odd keys too', () => {
  const text = yamlOf({ a: { b_c: 'x: "y"', '*': 1, deep: { '@r:e.org': true } }, none: {}, last: '{{.}}' })
  expect(text).toBe(
    ['a:', String.raw`  b_c: "x: \"y\""`, '  "*": 1', '  deep:', '    "@r:e.org": true', 'none: {}', 'last: "{{.}}"', ''].join('\n'),
  )
})
