import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { contentTypes } from '../../contract/content.ts'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import { sampleVoice } from '../../sandbox/control/sample-voice.ts'
import { systemClock } from '../../server/lib/clock.ts'
import type { HttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { createCloudProvider } from '../../server/providers/cloud/index.ts'
import { road as cloudSettings } from '../../server/providers/cloud/testing.ts'
import { createMatrixProvider } from '../../server/providers/matrix/index.ts'
import { config as matrixSettings } from '../../server/providers/matrix/testing.ts'
import type {
  Connection,
  InboundEvent,
  InboundMessage,
  Json,
  OutboundDeed,
  OutboundFile,
  OutboundMessage,
  Provider,
} from '../../server/providers/provider.ts'
import { openCloudWorld } from '../flows/cloud-road.ts'
import type { MemoryInbox } from '../flows/memory-inbox.ts'
import { openRoad, renewAdmin } from '../flows/matrix-road.ts'

/** One road, with a number of ours on it and the phones of the sandbox at its other end. */
interface Side {
  readonly ours: string
  readonly inbox: MemoryInbox
  line(): Connection
  phone(number: string, deed: string, body: unknown): Promise<Record<string, unknown>>
  received(): Promise<readonly Record<string, unknown>[]>
  /** Everything that was ever said, with how far it has come. */
  ledger(): Promise<readonly Record<string, unknown>[]>
  until<T>(what: string, find: () => T | undefined): Promise<T>
  close(): Promise<void>
}

const olena = '+380671234567'

/** What is seen on the phones. */
function phonesOf(controlUrl: string): Pick<Side, 'received' | 'ledger'> {
  const list = async (path: string) => {
    const response = await fetch(`${controlUrl}/sandbox/v1/${path}`)
    return ((await response.json()) as { items: Record<string, unknown>[] }).items
  }
  return { received: () => list(`phones/${encodeURIComponent(olena)}/messages`), ledger: () => list('ledger') }
}
const sides: Readonly<Record<string, () => Promise<Side>>> = {
  async cloud() {
    const world = await openCloudWorld()
    const ours = world.sandbox.graph.numbers[0]?.phone ?? ''
    return { ...world, ours, ...phonesOf(world.sandbox.controlUrl) }
  },
  async matrix() {
    const road = await openRoad({ appservice: true, doublePuppet: true })
    const ours = '+380501110001'
    const account = await road.link(ours, 'sales')
    return {
      ...road,
      ours,
      line: () => road.provider.connect({ id: 'chn_test' as ChannelId, external: ours.slice(1) as ExternalId, account }),
      ...phonesOf(road.sandbox.controlUrl),
    }
  },
}

// The same script on every road, with the same results: whoever reads what comes of it does not know which one it was.
describe.each(Object.keys(sides))('the %s road', (name) => {
  let side: Side
  const open = async () => {
    side = await (sides[name] as () => Promise<Side>)()
    await side.phone(olena, 'messages', { to: side.ours, type: 'text', text: 'hello' })
    return said('hello')
  }
  afterEach(() => side.close())

  const events = <T extends InboundEvent['type']>(type: T) =>
    side.inbox.events.filter((event): event is Extract<InboundEvent, { type: T }> => event.type === type)
  const said = (text: string) =>
    side.until(`"${text}"`, () => events('message').find(({ content }) => 'text' in content && content.text === text))
  const signal = () => AbortSignal.timeout(15_000)
  function outbound(first: InboundMessage, rest: Partial<OutboundMessage>): OutboundMessage {
    return { attempt: randomUUID(), conversation: first.conversation, type: 'text', text: '', content: {}, ...known(first), ...rest }
  }
  function known({ conversation }: InboundMessage): { known?: Json } {
    const key = side.line().sendKey?.(conversation)
    return key === undefined ? {} : { known: side.inbox.facts.get(key) ?? null }
  }
  const come = (count: number) =>
    expect
      .poll(async () => (await side.received()).length, { timeout: 10_000 })
      .toBe(count)
      .then(side.received)

  test('a text comes, is answered, and the ticks follow', async () => {
    const first = await open()
    expect(first).toMatchObject({ type: 'message', history: false, forwarded: false, content: { type: 'text', text: 'hello' } })
    expect(first.sender).toMatchObject({ isUs: false, phone: olena })
    expect(events('conversation').find(({ conversation }) => conversation === first.conversation)).toMatchObject({
      kind: 'direct',
      contact: { phone: olena },
    })
    const sent = await side.line().send(outbound(first, { text: 'Вітаємо *всіх*', replyTo: { id: first.id } }), signal())
    expect(sent.state).toBe('sending')
    const has = (state: string) => () => events('receipt').find((receipt) => receipt.target === sent.id && receipt.state === state)
    await side.until('that it was delivered', has('delivered'))
    expect(await come(1)).toMatchObject([{ type: 'text', text: 'Вітаємо *всіх*', reply_to: expect.any(String) }])
    await side.phone(olena, 'read', { with: side.ours })
    await side.until('that it was read', () => events('receipt').find(({ state }) => state === 'read'))
    expect([side.inbox.dead, side.inbox.deferred]).toEqual([[], []])
  })

  test('a file comes and goes, byte by byte', async () => {
    const first = await open()
    await side.phone(olena, 'messages', { to: side.ours, type: 'voice', duration_ms: 2_000 })
    const note = await side.until('the note', () => events('message').find(({ content }) => content.type === 'audio'))
    if (note.content.type !== 'audio') throw new Error('this is no sound')
    expect(note.content.files).toMatchObject([{ voice: true, mimeType: expect.stringContaining('audio/ogg') }])
    let size = 0
    for await (const piece of await side.line().fetchMedia(note.content.files[0]?.ref ?? {}, signal())) size += piece.byteLength
    expect(size).toBeGreaterThan(0)
    const bytes = sampleVoice(100)
    const file: OutboundFile = {
      type: 'audio',
      mimeType: 'audio/ogg; codecs=opus',
      fileName: 'note.ogg',
      sizeBytes: bytes.byteLength,
      voice: true,
      async *open() {
        yield bytes
      },
    }
    await side.line().send(outbound(first, { type: 'audio', file }), signal())
    expect(await come(1)).toMatchObject([{ type: 'voice', media: { size: bytes.byteLength } }])
  })

  test('a place and a reaction go both ways, and a reaction is taken back', async () => {
    const first = await open()
    await side.phone(olena, 'messages', { to: side.ours, type: 'location', latitude: 50.45, longitude: 30.52, name: 'Kyiv' })
    const place = await side.until('the place', () => events('message').find(({ content }) => content.type === 'location'))
    expect(place.content).toMatchObject({ location: { latitude: 50.45, longitude: 30.52, name: 'Kyiv' } })
    await side.line().send(outbound(first, { type: 'location', content: { location: { latitude: 49.84, longitude: 24.03 } } }), signal())
    const [received] = await come(1)
    expect(received).toMatchObject({ type: 'location', location: { latitude: 49.84, longitude: 24.03 } })
    const deed = () => ({ attempt: randomUUID(), conversation: first.conversation, target: first.id, ...known(first) })
    const given = await side.line().perform?.({ ...deed(), type: 'react', emoji: '👍' }, signal())
    await side.line().perform?.({ ...deed(), type: 'unreact', reaction: given?.id as ExternalId }, signal())
    await side.phone(olena, 'react', { message_id: received?.['id'], emoji: '❤️' })
    const reaction = await side.until('the reaction', () => events('reaction').find(({ emoji, sender }) => emoji !== '' && !sender.isUs))
    expect(reaction.sender).toMatchObject({ phone: olena })
  })

  test('that we have read and that we type can be told', async () => {
    const first = await open()
    const where = { conversation: first.conversation, newest: first.id }
    for (const on of [true, false]) await side.line().setTyping?.(where, on, signal())
    await side.line().markRead?.({ conversation: first.conversation, message: first.id })
    await expect.poll(side.ledger).toMatchObject([{ text: 'hello', receipts: [{ by: side.ours, status: 'read' }] }])
  })
})

/** A network that nobody may ask. */
const nobody: HttpClient = { request: () => Promise.reject(new Error('the network was asked')), close: async () => {} }
const providers: Readonly<Record<string, Provider>> = {
  cloud: createCloudProvider({ config: cloudSettings, http: nobody, clock: systemClock, log: silentLog }),
  matrix: createMatrixProvider({ config: matrixSettings, http: nobody, clock: systemClock, log: silentLog, renewAdmin }),
}

describe.each(Object.entries(providers))('what the %s road cannot do', (_name, provider) => {
  const account = { external: '@a:x.org' as ExternalId, secrets: {} }
  const line = provider.connect({ id: 'chn_1' as ChannelId, external: '1' as ExternalId, account })
  const base = { attempt: randomUUID(), conversation: '!x:x.org' as ExternalId }
  const file: OutboundFile = { type: 'image', mimeType: 'image/png', fileName: 'a', sizeBytes: 1, voice: false, open: () => nothing() }
  const interactive = { buttons: [{ id: '1', title: 'Yes' }] }
  const content: Readonly<Record<string, Json>> = {
    location: { latitude: 1, longitude: 2 },
    contacts: [{ name: 'Ann', phones: ['+380501112233'] }],
    poll: { question: 'Tea?', options: ['a', 'b'], max_choices: 1 },
    template: { name: 'hi', language: 'uk' },
    interactive,
  }
  const messages = contentTypes.map((type): OutboundMessage => {
    const isFile = ['image', 'video', 'audio', 'document', 'sticker'].includes(type)
    return { ...base, type, text: 'x', content: type in content ? { [type]: content[type] as Json } : {}, ...(isFile ? { file } : {}) }
  })
  const target = '$x' as ExternalId
  const deeds: readonly OutboundDeed[] = [
    { ...base, target, type: 'react', emoji: '👍' },
    { ...base, target, type: 'unreact', reaction: target },
    { ...base, target, type: 'edit', text: 'x' },
    { ...base, target, type: 'delete' },
  ]
  const wayOf = (said: OutboundMessage | OutboundDeed) =>
    'content' in said ? line.send(said, AbortSignal.timeout(5_000)) : line.perform?.(said, AbortSignal.timeout(5_000))

  test.each([...messages, ...deeds].map((one) => [one.type, one] as const))(
    '%s: refused in words before anybody is asked, or tried',
    async (_type, said) => {
      const words = line.refusal?.(said)
      const error = (await wayOf(said)?.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )) as { code?: string; message?: string } | undefined
      const isRefused = error?.code === 'unsupported' && error.message === words
      expect(isRefused ? 'refused' : error?.message).toBe(words === undefined ? 'the network was asked' : 'refused')
    },
  )

  test('its limits and its refusals say the same', () => {
    const { other, edit, delete_for_everyone: remove } = line.limits(null)
    const refused = (type: string) =>
      line.refusal?.([...messages, ...deeds].find((one) => one.type === type) as OutboundMessage) !== undefined
    for (const type of ['location', 'contacts', 'poll', 'template', 'interactive'] as const)
      expect([type, refused(type)]).toEqual([type, !other.includes(type)])
    expect([refused('edit'), refused('delete')]).toEqual([edit === false, remove === false])
    for (const type of ['interactive_reply', 'system', 'deleted', 'unsupported']) expect([type, refused(type)]).toEqual([type, true])
  })
})

async function* nothing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1)
}
