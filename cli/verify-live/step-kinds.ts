import type { Channel } from '../../contract/channel.ts'
import type { MessageId } from '../../contract/ids.ts'
import type { Message, MessageInput } from '../../contract/message.ts'
import { sampleOf } from '../../sandbox/control/samples.ts'
import type { Scene, Seen, Step } from './walk.ts'

type File = 'image' | 'voice'

type IsIt = (message: Message, name: string, scene: Scene) => boolean

/** Something new that phone A or B writes. */
export function takes(id: string, shows: string, todo: Step['todo'], isIt: IsIt): Step {
  return {
    id,
    shows,
    todo,
    look: async (scene, name) => {
      const used = new Set([...scene.kept.values()].map((message) => message.id))
      const found = (await recent(scene)).find((message) => !used.has(message.id) && isIt(message, name, scene))
      if (found === undefined) return undefined
      scene.kept.set(id, found)
      scene.chat ??= found.conversation_id
      return { pass: `${found.type}, ${found.direction}` }
    },
  }
}

/** Something that happens to the message of an earlier step. */
export function changes(id: string, shows: string, todo: Step['todo'], of: string, isIt: IsIt): Step {
  const look = async (scene: Scene, name: string): Promise<Seen> =>
    isIt(await nowOf(scene, of), name, scene) ? { pass: 'as it should be' } : undefined
  return { id, shows, todo, look }
}

/** A text that we send to phone B. */
export function gives(id: string, text: (name: string, scene: Scene) => string, question: string): Step {
  return {
    id,
    shows: '13.18',
    todo: (name, scene) => `"${text(name, scene)}" is sent to phone B.`,
    act: (scene, name) => sends(scene, id, { text: text(name, scene) }),
    look: async (scene) => outcomeOf(await nowOf(scene, id)),
    question,
  }
}

/** A file that we send to phone B. */
export function givesFile(id: string, file: File, fileName: string, question: string): Step {
  return {
    id,
    shows: '13.18',
    todo: () => `A file is sent to phone B: ${fileName}.`,
    act: async (scene) => {
      const { bytes, mime_type } = sampleOf(file)
      const { id: media_id } = await scene.api.upload(new Uint8Array(bytes), mime_type, fileName)
      const attachment = file === 'voice' ? { media_id, voice: true } : { media_id }
      await sends(scene, id, { type: file === 'voice' ? 'audio' : file, attachments: [attachment] })
    },
    look: async (scene) => outcomeOf(await nowOf(scene, id)),
    question,
  }
}

/** Sends into the chat with phone B, and keeps the message by the step's id. */
export async function sends(scene: Scene, id: string, body: MessageInput): Promise<void> {
  scene.kept.set(id, await scene.api.call('sendMessage', { params: { conversation_id: chatOf(scene) }, body }))
}

/** What came since we began, in the chats that moved last. */
async function recent({ api, began, channel }: Scene): Promise<readonly Message[]> {
  const { items } = await api.call('listConversations', {
    query: { limit: 10, ...(channel === undefined ? {} : { channel_id: channel.id }) },
  })
  const pages = items.map(({ id }) => api.call('listMessages', { params: { conversation_id: id }, query: { limit: 30 } }))
  return (await Promise.all(pages)).flatMap((page) => page.items).filter((message) => message.received_at >= began)
}

/** The message of an earlier step as it is now; throws where that step did not work. */
export async function nowOf(scene: Scene, id: string): Promise<Message> {
  const { api, kept } = scene
  const before = kept.get(id)
  if (before === undefined) throw new Error(`the step "${id}" has to work first`)
  const query = { around: before.id, limit: 3 }
  const page = await api.call('listMessages', { params: { conversation_id: before.conversation_id }, query })
  return page.items.find((message) => message.id === before.id) ?? before
}

/** The id of an earlier step's message; throws where that step did not work. */
export function idOf({ kept }: Scene, id: string): MessageId {
  const message = kept.get(id)
  if (message === undefined) throw new Error(`the step "${id}" has to work first`)
  return message.id
}

/** The chat with phone B; throws before it has written. */
export function chatOf({ chat }: Scene): string {
  if (chat === undefined) throw new Error('phone B has to write first')
  return chat
}

/** Phone A's number as it is now; throws where it was never linked. */
export async function ownChannel({ api, channel }: Scene): Promise<Channel> {
  const found = (await api.call('listChannels')).items.find(({ id }) => id === channel?.id)
  if (found === undefined) throw new Error('phone A has to be linked first')
  return found
}

function outcomeOf(message: Message): Seen {
  if (message.status === 'failed') return { fail: message.error?.detail ?? 'it failed' }
  return isOut(message) ? { pass: message.status ?? '' } : undefined
}

/** Whether phone B has it. */
export function isOut({ status }: Message): boolean {
  return status === 'delivered' || status === 'read'
}

/** Whether WhatsApp has confirmed what we did to a message. */
export function settledChange({ change }: Message): Seen {
  if (change === undefined) return { pass: 'confirmed' }
  return change.status === 'failed' ? { fail: change.error?.detail ?? 'refused' } : undefined
}

/** Whether its file is here. */
export function isReady(message: Message): message is Message & { attachments: readonly { status: string; voice?: boolean }[] } {
  return 'attachments' in message && message.attachments.every(({ status }) => status === 'ready')
}

/** Whether the step's name stands in it. */
export function saysName(message: Message, name: string): boolean {
  return 'text' in message && new RegExp(`\\b${name}\\b`, 'i').test(message.text ?? '')
}
