import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BridgeWorld, openBridgeWorld } from './bridge-honesty/world.ts'
import { at, path } from './matrix-http.ts'
import { waitFor } from './wait.ts'

/** A bridge's own program, where one is at hand; it needs no network of its own for what is asked of it here. */
const program = process.env['MISTOK_MAUTRIX_WHATSAPP']
const api = '/_matrix/provision/v3'

describe.skipIf(program === undefined)('a mautrix-whatsapp, started with our config, offline', { timeout: 120_000 }, () => {
  let world: BridgeWorld
  let chat: Chat
  beforeAll(async () => {
    world = await openBridgeWorld('real', { program })
    chat = await openChat(world)
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose]())

  test('whoami names WhatsApp, the homeserver and the bot, and nobody is linked', async () => {
    const { status, body } = await world.provisioning.get(`${api}/whoami`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ network: { network_id: 'whatsapp' }, homeserver: 'honest.test', bridge_bot: bot, logins: [] })
    expect(body).toMatchObject({ login_flows: expect.arrayContaining([expect.objectContaining({ id: 'qr' })]) })
  })

  test('there are the flows that we use', async () => {
    const { body } = await world.provisioning.get(`${api}/login/flows`)
    const flows = (body as { flows: readonly { id: string }[] }).flows.map(({ id }) => id)
    expect(flows).toEqual(expect.arrayContaining(['qr', 'phone']))
  })

  test('a wrong secret and somebody of elsewhere are refused', async () => {
    const { provisioning, nobody, userId } = world
    const wrong = await nobody.as({ token: 'wrong' }).get(`${api}/whoami`, { user_id: userId })
    expect([wrong.status, at(wrong.body, 'errcode')]).toEqual([401, 'M_UNKNOWN_TOKEN'])
    const stranger = await provisioning.as({ userId: '@someone:elsewhere.test' }).get(`${api}/whoami`)
    expect([stranger.status, at(stranger.body, 'errcode')]).toEqual([403, 'M_FORBIDDEN'])
  })

  test('a login by number asks for the number, refuses one that is not international, and can be called off', async () => {
    const { provisioning } = world
    const { body: started } = await provisioning.post(`${api}/login/start/phone`)
    const { login_id, step_id, type } = started as { login_id: string; step_id: string; type: string }
    expect({ type, fields: at(started, 'user_input', 'fields', 0, 'id') }).toEqual({ type: 'user_input', fields: 'phone_number' })
    const refused = await provisioning.post(path`/_matrix/provision/v3/login/step/${login_id}/${step_id}/user_input`, {
      phone_number: '0501234567',
    })
    expect([refused.status >= 400, at(refused.body, 'errcode')]).toEqual([true, 'FI.MAU.WHATSAPP.PHONE_NUMBER_NOT_INTERNATIONAL'])
    const again = await provisioning.post(`${api}/login/start/phone`)
    const called = await provisioning.post(path`/_matrix/provision/v3/login/cancel/${String(at(again.body, 'login_id'))}`)
    expect(called.status).toBeLessThan(300)
  })

  test('a QR is shown, or the bridge says in its own words why it cannot', async () => {
    const { body } = await world.provisioning.post(`${api}/login/start/qr`)
    expect(at(body, 'display_and_wait', 'data') ?? at(body, 'errcode')).toMatch(/^(2@|https:|FI\.MAU|M_)/)
  })

  test('its bot answers help, version, login and login phone', async () => {
    expect(await chat.ask('help')).toMatch(/login/)
    expect(await chat.ask('version')).toMatch(/whatsapp/i)
    expect(await chat.ask('login')).toMatch(/qr[^]*phone/i)
    expect(await chat.ask('login phone')).toMatch(/number/i)
    expect(await chat.ask('cancel')).toMatch(/cancel/i)
  })
})

const bot = '@whatsappbot:honest.test'

/** The room in which the bridge's bot takes commands. */
interface Chat {
  /** Says something and gives what the bot answers first. */
  ask(command: string): Promise<string>
}

async function openChat({ user }: BridgeWorld): Promise<Chat> {
  const body = { preset: 'trusted_private_chat', is_direct: true, invite: [bot] }
  const room = String(at((await user.post('/_matrix/client/v3/createRoom', body)).body, 'room_id'))
  const said = async () => {
    const { body: page } = await user.get(path`/_matrix/client/v3/rooms/${room}/messages`, { dir: 'b', limit: 50 })
    const events = (page as { chunk: readonly { sender: string; type: string; content: { body?: string } }[] }).chunk
    return events.filter(({ sender, type }) => sender === bot && type === 'm.room.message').map(({ content }) => content.body ?? '')
  }
  const first = async (before: number) => (await said()).toReversed()[before]
  await waitFor(() => first(0), { what: 'the bot to greet', timeout: 30_000 })
  let count = 0
  return {
    async ask(command) {
      const before = (await said()).length
      count += 1
      await user.put(path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${`ask-${count}`}`, { msgtype: 'm.text', body: command })
      return waitFor(() => first(before), { what: `an answer to ${command}`, timeout: 30_000 })
    },
  }
}
