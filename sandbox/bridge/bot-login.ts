import { randomUUID } from 'node:crypto'
import { ApiError } from './api-error.ts'
import { botSend, notice } from './bot-room.ts'
import type { Bridge } from './bridge.ts'
import { path } from './homeserver.ts'
import { objectOf, textOf, type JsonObject } from './json.ts'
import type { LoginProcess } from './login-process.ts'
import type { Step } from './login-steps.ts'
import { qrPng } from './qr-png.ts'

/** A login in the bot's chat that waits for something; one per user. */
export type Conversation = {
  roomId: string
  process: LoginProcess
  /** The QR image that stands in the room, if there is one. */
  imageId?: string
  cancelled?: boolean
}

const width = 512

/** Leads a login through the chat from its present step to its end, or to a question to the user (protocol/bridge.md 2.3, 2.4). */
export async function converse(bridge: Bridge, talk: Conversation): Promise<'asking' | 'ended'> {
  try {
    for (let step = talk.process.current(); ; step = await next(talk, step)) {
      if (step.type !== 'display_and_wait') await clearImage(bridge, talk)
      if (step.type === 'user_input') {
        await ask(bridge, talk.roomId, step)
        return 'asking'
      }
      await notice(bridge, talk.roomId, textOf(step['instructions']) ?? '')
      if (step.type === 'complete') return 'ended'
      if (step.type === 'webauthn')
        await notice(bridge, talk.roomId, 'Run the following snippet on https://web.whatsapp.com and paste its result here')
      else await show(bridge, talk, objectOf(step['display_and_wait']))
    }
  } catch (error) {
    await clearImage(bridge, talk)
    const why = error instanceof Error ? error.message : String(error)
    await notice(bridge, talk.roomId, `Login failed: ${talk.cancelled === true ? 'context canceled' : why}`)
    return 'ended'
  }
}

function next({ process }: Conversation, step: Step): Promise<Step> {
  return process.submit({ stepId: step.step_id, stepType: step.type, txnId: step.txn_id, input: {} })
}

async function ask(bridge: Bridge, roomId: string, step: Step): Promise<void> {
  const [field] = objectOf(step['user_input'])['fields'] as JsonObject[]
  await notice(bridge, roomId, `Please enter your ${String(field?.['name'])}\n${String(field?.['description'])}`)
}

/** Answers the question for a number. True when the login goes on, false when the value was refused and is asked for again. */
export async function answer(bridge: Bridge, talk: Conversation, text: string): Promise<boolean> {
  const step = talk.process.current()
  const value = text.replaceAll(/[\s()-]/g, '')
  if (!/^\+\d+$/.test(value)) {
    await notice(
      bridge,
      talk.roomId,
      `Invalid value: ${value.startsWith('+') ? 'phone number must only contain numbers' : 'phone number must start with +'}`,
    )
    return false
  }
  await talk.process.submit({ stepId: step.step_id, stepType: step.type, txnId: step.txn_id, input: { phone_number: value } })
  return true
}

async function show(bridge: Bridge, talk: Conversation, wait: JsonObject): Promise<void> {
  const data = textOf(wait['data']) ?? ''
  if (wait['type'] !== 'qr') {
    await notice(bridge, talk.roomId, `\`${data}\``)
    return
  }
  const png = qrPng(data, width)
  const image = {
    msgtype: 'm.image',
    body: data,
    filename: 'qr.png',
    url: await bridge.homeserver.upload(png, 'image/png', 'qr.png', bridge.config.bot),
    format: 'org.matrix.custom.html',
    formatted_body: `<pre><code>${data}</code></pre>`,
    info: { mimetype: 'image/png', w: width, h: width, size: png.length },
    'm.mentions': {},
  }
  if (talk.imageId === undefined) talk.imageId = await botSend(bridge, talk.roomId, image)
  else
    await botSend(bridge, talk.roomId, {
      ...image,
      'm.new_content': image,
      'm.relates_to': { rel_type: 'm.replace', event_id: talk.imageId },
    })
}

async function clearImage(bridge: Bridge, talk: Conversation): Promise<void> {
  if (talk.imageId === undefined) return
  const where = path`/_matrix/client/v3/rooms/${talk.roomId}/redact/${talk.imageId}/${randomUUID()}`
  delete talk.imageId
  await bridge.homeserver.call('PUT', where, { as: bridge.config.bot, body: {} })
}

/** What a failed start of a login says in the chat. */
export function failureText(error: unknown): string {
  return `Failed to start login: ${error instanceof ApiError ? error.message : String(error)}`
}
