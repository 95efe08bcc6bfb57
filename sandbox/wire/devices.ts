import type { FastifyInstance } from 'fastify'
import { setTimeout as pause } from 'node:timers/promises'
import type { BridgeFaults } from '../bridge/faults.ts'
import type { WhatsApp } from '../bridge/options.ts'
import { connectDevice, noteBridged, unlinkDevice } from '../phone/linking.ts'
import { sendMessage } from '../phone/messages.ts'
import { phoneOf, Refused, type Network } from '../phone/network.ts'
import { readChat, setTyping } from '../phone/receipts.ts'
import type { Chat, Device, DeviceEvent, PassingEvent, WaContent } from '../phone/types.ts'

type Sent = { chat: Chat; content: WaContent; reply_to?: string; event_id?: string }
type Waiting = { resolve: () => void; reject: (error: Error) => void }

/** What a linked device hears and does. Of the bridge's faults those are played that WhatsApp makes: to be slow, to fail, to refuse. */
export function deviceRoutes(app: FastifyInstance, { network }: WhatsApp, faults: BridgeFaults): void {
  const acks = new Map<string, Map<number, Waiting>>()
  streamRoute(app, network, acks)
  app.post('/wire/v1/devices/:id/acks', async (request) => {
    const { n, error } = request.body as { n: number; error?: string }
    const waiting = acks.get(deviceOf(network, request.params).id)?.get(n)
    if (error === undefined) waiting?.resolve()
    else waiting?.reject(new Error(error))
    return {}
  })
  app.post('/wire/v1/devices/:id/messages', async (request, reply) => {
    const device = linkedOf(network, request.params)
    const { chat, content, reply_to, event_id } = request.body as Sent
    const fault = faults.take('message')
    if (fault?.kind === 'refuse') return reply.code(422).send({ error: 'WhatsApp refuses this kind of message' })
    if (fault?.kind === 'fail') throw new Refused('WhatsApp did not take the message')
    if (fault?.kind === 'delay') await pause(fault.ms ?? 1_000)
    const key = event_id === undefined ? {} : { send_key: unusedKey(network, device.id, event_id) }
    const reply_ = reply_to === undefined ? {} : { reply_to }
    return reply.code(201).send(sendMessage(network, { from: device.phone, chat, content, via: device.id, ...reply_, ...key }))
  })
  app.post('/wire/v1/devices/:id/read', async (request) => {
    const { phone, id } = linkedOf(network, request.params)
    const { chat, up_to } = request.body as { chat: Chat; up_to: string }
    return { read: readChat(network, { phone, chat, up_to, via: id }) }
  })
  app.post('/wire/v1/devices/:id/typing', async (request) => {
    const { chat, on } = request.body as { chat: Chat; on: boolean }
    setTyping(network, { phone: linkedOf(network, request.params).phone, chat, on })
    return {}
  })
  app.post('/wire/v1/devices/:id/bridged', async (request) => {
    const { message_id, room_id, event_id } = request.body as { message_id: string; room_id: string; event_id: string }
    noteBridged(network, message_id, { device: deviceOf(network, request.params).id, room_id, event_id })
    return {}
  })
  app.delete('/wire/v1/devices/:id', async (request) => {
    const { reason } = request.query as { reason?: string }
    unlinkDevice(network, deviceOf(network, request.params).id, reason ?? 'wa-logged-out')
    return {}
  })
}

/**
 * One line of JSON for each event: `{n, event}` waits for its acknowledgement before the next one comes, `{passing}` does not. The first
 * line says how the device stands.
 */
function streamRoute(app: FastifyInstance, network: Network, acks: Map<string, Map<number, Waiting>>): void {
  let last = 0
  app.get('/wire/v1/devices/:id/events', (request, reply) => {
    const device = deviceOf(network, request.params)
    const waiting = new Map<number, Waiting>()
    acks.set(device.id, waiting)
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const write = (line: object) => void reply.raw.write(`${JSON.stringify(line)}\n`)
    write({ device, ...troubleOf(network, device) })
    const disconnect = connectDevice(network, device.id, {
      pass: (passing: PassingEvent) => write({ passing }),
      handle: (event) => {
        const n = (last += 1)
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        waiting.set(n, { resolve, reject })
        write({ n, event: whole(network, event) })
        return promise.finally(() => waiting.delete(n))
      },
    })
    reply.raw.on('close', () => {
      disconnect()
      for (const { reject } of waiting.values()) reject(new Error('the connection broke'))
    })
  })
}

function troubleOf(network: Network, device: Device): { trouble?: string } {
  const { trouble } = phoneOf(network, device.phone)
  return trouble === undefined ? {} : { trouble }
}

/** A message in place of its id: the device has no ledger to look into. */
function whole(network: Network, event: DeviceEvent): object {
  return event.kind === 'message' ? { kind: event.kind, message: network.state.messages.get(event.id) } : event
}

/** WhatsApp knows nothing of Matrix events: a bridge that sends one twice has sent two messages, and the ledger says so. */
function unusedKey({ state }: Network, device: string, eventId: string): string {
  for (let key = eventId; ; key += ' again') if (!state.sendKeys.has(`${device} ${key}`)) return key
}

function deviceOf(network: Network, params: unknown): Device {
  const device = network.state.devices.get((params as { id: string }).id)
  if (device === undefined) throw new Refused('there is no such device')
  return device
}

function linkedOf(network: Network, params: unknown): Device {
  const device = deviceOf(network, params)
  if (device.gone !== undefined) throw new Refused(`the device is not linked any more: ${device.gone}`)
  return device
}
