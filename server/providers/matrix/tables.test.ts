import { expect, test } from 'vitest'
import { loginErrorOf, sendFateOf } from './errors.ts'
import { defaultLimits, limitsOf, readFeatures } from './sending/limits.ts'
import { readDisplayName } from './names.ts'
import { registrationsOf, registrationText } from './setup/registration.ts'
import { readBridgeState } from './reading/states.ts'

test.each([
  ['FI.MAU.WHATSAPP.LOGIN_TIMEOUT', 'code_expired'],
  ['FI.MAU.WHATSAPP.MULTIDEVICE_NOT_ENABLED', 'update_whatsapp_on_phone'],
  ['FI.MAU.WHATSAPP.PHONE_NUMBER_TOO_SHORT', 'phone_format'],
  ['FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL', 'phone_format'],
  ['FI.MAU.WHATSAPP.RATE_LIMITED', 'whatsapp_rate_limit'],
  ['FI.MAU.WHATSAPP.PAIR_ERROR', 'pairing_failed'],
  ['FI.MAU.WHATSAPP.LOGIN_UNEXPECTED_EVENT', 'pairing_failed'],
  ['FI.MAU.WHATSAPP.CLIENT_OUTDATED', 'bridge_update_needed'],
  ['FI.MAU.WHATSAPP.NOT_IMPLEMENTED', 'passkey_required'],
  ['COM.BEEPER.WEBAUTHN_UNSUPPORTED', 'passkey_required'],
  ['FI.MAU.BRIDGE.TOO_MANY_LOGINS', 'login_limit'],
  ['FI.MAU.BRIDGE.LOGIN_CANCELLED', 'login_closed'],
  ['FI.MAU.BRIDGE.LOGIN_TIMED_OUT', 'login_closed'],
  ['FI.MAU.BRIDGE.LOGIN_ALREADY_FINISHED', 'login_closed'],
  ['M_NOT_FOUND', 'login_lost'],
  ['M_FORBIDDEN', 'bridge_forbidden'],
  ['M_UNKNOWN_TOKEN', 'bridge_forbidden'],
  ['M_MISSING_TOKEN', 'bridge_forbidden'],
  ['M_UNKNOWN', 'bridge_error'],
  ['SOMETHING_NEW', 'bridge_error'],
])('the bridge’s %s is %s', (errcode, code) => {
  expect(loginErrorOf(errcode)).toBe(code)
})

test.each([
  [429, 'M_LIMIT_EXCEEDED', 1_500, 'rate_limited', 1_500],
  [401, 'M_UNKNOWN_TOKEN', undefined, 'channel_not_connected', null],
  [403, 'M_USER_SUSPENDED', undefined, 'channel_not_connected', null],
  [403, 'M_FORBIDDEN', undefined, 'forbidden', null],
  [413, 'M_TOO_LARGE', undefined, 'media_too_large', null],
  [400, 'M_BAD_JSON', undefined, 'provider_rejected', null],
  [502, 'M_UNKNOWN', undefined, 'provider_unavailable', 5_000],
] as const)('a send refused with %s %s', (status, errcode, told, code, retryAfterMs) => {
  expect(sendFateOf(status, errcode, told)).toEqual({ code, certain: true, retryAfterMs })
})

test.each([
  [{ state_event: 'CONNECTED' }, 'connected'],
  [{ state_event: 'CONNECTED', info: { reachout_timelock_until: '2026-12-01' } }, 'restricted'],
  [{ state_event: 'BACKFILLING' }, 'connected'],
  [{ state_event: '' }, 'connecting'],
  [{ state_event: 'STARTING' }, 'connecting'],
  [{ state_event: 'CONNECTING', error: 'wa-connecting' }, 'connecting'],
  [{ state_event: 'TRANSIENT_DISCONNECT', error: 'wa-transient-disconnect' }, 'degraded'],
  [{ state_event: 'TRANSIENT_DISCONNECT', error: 'wa-keepalive-timeout' }, 'degraded'],
  [{ state_event: 'TRANSIENT_DISCONNECT', error: 'wa-phone-offline', user_action: 'OPEN_NATIVE' }, 'phone_offline_soon'],
  [{ state_event: 'BAD_CREDENTIALS', error: 'wa-logged-out' }, 'logged_out'],
  [{ state_event: 'BAD_CREDENTIALS', error: 'wa-main-device-gone' }, 'logged_out'],
  [{ state_event: 'BAD_CREDENTIALS', error: 'wa-unknown-logout' }, 'logged_out'],
  [{ state_event: 'BAD_CREDENTIALS', error: 'wa-not-logged-in' }, 'logged_out'],
  [{ state_event: 'BAD_CREDENTIALS', error: 'wa-something-new' }, 'logged_out'],
  [{ state_event: 'BAD_CREDENTIALS', error: 'wa-temporary-ban' }, 'banned'],
  [{ state_event: 'LOGGED_OUT' }, 'logged_out'],
  [{ state_event: 'LOGGED_OUT', reason: 'LOGIN_OVERRIDDEN' }, 'logged_out'],
  [{ state_event: 'LOGGED_OUT', reason: 'LOGIN_OVERRIDDEN_ANOTHER_USER' }, 'logged_out'],
  [{ state_event: 'UNKNOWN_ERROR', error: 'wa-client-outdated' }, 'degraded'],
  [{ state_event: 'UNKNOWN_ERROR', error: 'wa-stream-replaced' }, 'degraded'],
  [{ state_event: 'UNKNOWN_ERROR', error: 'wa-stream-error' }, 'degraded'],
  [{ state_event: 'UNKNOWN_ERROR', error: 'wa-connection-failed' }, 'degraded'],
  [{ state_event: 'UNKNOWN_ERROR', error: 'wa-connect-failure-405' }, 'degraded'],
  [{ state_event: 'BRIDGE_UNREACHABLE' }, 'degraded'],
])('%j is %s', (state, status) => {
  expect(readBridgeState(state).status).toBe(status)
})

test.each([
  ['Olena [+380671234567]', { name: 'Olena', phone: '+380671234567' }],
  ['Olena (WA)', { name: 'Olena' }],
  ['Olena (+380 67 123-45-67)', { name: 'Olena', phone: '+380671234567' }],
  ['+380671234567 (WA)', { name: '+380671234567', phone: '+380671234567' }],
  ['+380∙∙∙∙∙∙∙67 (WA)', { name: '+380∙∙∙∙∙∙∙67' }],
  ['[+380671234567]', { phone: '+380671234567' }],
  ['Room [12]', { name: 'Room [12]' }],
])('the name %s', (raw, read) => {
  expect(readDisplayName(raw)).toEqual(read)
})

test('limits are the bridge’s own, bounded by what a Matrix event holds', () => {
  const limits = readFeatures({
    formatting: { bold: 2 },
    max_text_length: 65_536,
    reply: 2,
    location_message: 2,
    poll: -1,
    file: {
      'm.image': { mime_types: { 'image/jpeg': 2, 'image/png': 1, 'image/gif': -2 }, caption: 2, max_caption_length: 1_024, max_size: 5 },
      'm.audio': { mime_types: { 'audio/ogg': 2 }, caption: -1 },
      'm.video': { mime_types: { 'video/webm': -2 } },
    },
  })
  expect(limits).toMatchObject({ text: { max_length: 60_000 }, other: ['location'], reply: true, voice: ['audio/ogg'] })
  expect(limits).toMatchObject({ reaction: false, edit: false, delete_for_everyone: false, read_receipts: false, typing: false })
  const all = { reaction: 2, edit: 2, edit_max_age: 60, delete: 1, read_receipts: true, typing_notifications: true }
  expect(readFeatures(all)).toMatchObject({
    reaction: true,
    edit: { max_age_seconds: 60 },
    delete_for_everyone: { max_age_seconds: 172_800 },
    read_receipts: true,
    typing: true,
  })
  expect(limits.files).toEqual({
    image: { mime_types: ['image/jpeg', 'image/png'], max_bytes: 5, max_caption: 1_024 },
    audio: { mime_types: ['audio/ogg'], max_bytes: 104_857_600, max_caption: 0 },
  })
  expect(limitsOf(null)).toEqual(defaultLimits)
  expect(limitsOf({ kind: 'direct', accounts: [], own: [], created_at: 0, limits: limits as never })).toEqual(limits)
})

test('the two registrations, as the homeserver loads them', () => {
  const input = {
    id: 'mistok',
    userPrefix: 'crm_',
    serverName: 'my.org',
    url: 'http://10.0.0.2:8080/',
    asToken: 'a',
    hsToken: 'h',
    doublePuppetToken: 'd',
    doublePuppetHsToken: 'x',
  }
  const { appservice, doublePuppet } = registrationsOf(input)
  expect(registrationText(appservice)).toBe(`rate_limited: false
id: "mistok"
url: "http://10.0.0.2:8080"
as_token: "a"
hs_token: "h"
sender_localpart: "crm__mistok"
receive_ephemeral: true
de.sorunome.msc2409.push_ephemeral: true
namespaces:
  users:
    - {exclusive: true, regex: "^@crm_.*:my\\\\.org$"}
  aliases: []
  rooms: []
`)
  expect(registrationText(doublePuppet)).toContain('url: null')
  expect(doublePuppet.namespaces.users).toEqual([{ exclusive: false, regex: '^@crm_.*:my\\.org$' }])
  const regex = new RegExp(appservice.namespaces.users[0]?.regex ?? '')
  expect(['@crm_7:my.org', '@crm_7:my.org.evil', '@crm_7:myxorg', '@olena:my.org'].map((user) => regex.test(user))).toEqual([
    true,
    false,
    false,
    false,
  ])
})
