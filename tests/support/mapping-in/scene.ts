import type { Conversation } from '../../../contract/conversation.ts'
import type { Message } from '../../../contract/message.ts'
import { waitFor } from '../../e2e/wait.ts'
import { signIn, type Person } from '../api-client.ts'
import { conversationsOf, linkByQr } from '../inbox.ts'
import type { PhoneMessage } from '../phones.ts'
import type { World } from '../world.ts'

export const ours = '+380671112233'
export const olena = '+380501112233'
export const petro = '+380631112233'

/** One linked number, what is written to it, and how that stands in the inbox: by the phones and the public API alone. */
export interface Scene {
  readonly world: World
  readonly admin: Person
  /** Writes and waits until the inbox has it, looking as it should. */
  arrives(from: string, body: object, isIt?: (message: Message) => boolean): Promise<Arrived>
  /** Waits for a message of the inbox, by what WhatsApp calls it. */
  shows(sent: PhoneMessage, isIt?: (message: Message) => boolean): Promise<Message>
  conversation(id: string): Promise<Conversation>
  conversations(): Promise<readonly Conversation[]>
}

/** What was written, as WhatsApp has it and as the inbox has it. */
export interface Arrived {
  readonly sent: PhoneMessage
  readonly message: Message
}

export const isReady = (message: Message) => !('attachments' in message) || message.attachments.every((file) => file.status === 'ready')

/** A conversation may be merged into another one between being listed and being read. */
function ifThere(error: unknown): undefined {
  if (!String(error).includes('answered 404')) throw error
}

/** Links the number in a new world. */
export async function openScene(world: World): Promise<Scene> {
  const { product, phones } = world
  await phones.act(olena, '', { name: 'Олена Коваль' })
  await phones.act(petro, '', { name: 'Петро Мельник' })
  const account = { email: 'admin@example.org', name: 'Адміністраторка', password: 'a password of the first admin' }
  const admin = await signIn(product.url, { ...account, setup_token: await product.setupToken() })
  await admin.call('saveMatrixSystemConfig', { body: world.settings })
  await linkByQr(world, admin, ours)

  const find = async (eventId: string): Promise<Message | undefined> => {
    for (const { id } of await conversationsOf(admin)) {
      const look = admin.call('listMessages', { params: { conversation_id: id }, query: { limit: 30 } })
      const page = await look.catch(ifThere)
      const found = page?.items.find((message) => message.external_id === eventId)
      if (found !== undefined) return found
    }
    return undefined
  }
  const eventIdOf = (sent: PhoneMessage) =>
    waitFor(
      async () => (await phones.ledger()).find(({ id }) => id === sent.id)?.bridged?.find(({ login }) => login === ours)?.event_id ?? false,
      { what: `the bridge to bring ${sent.type}` },
    )
  const shows: Scene['shows'] = async (sent, isIt = isReady) => {
    const eventId = await eventIdOf(sent)
    let last: Message | undefined
    const look = async () => {
      last = await find(eventId)
      return last !== undefined && isIt(last) && last
    }
    return waitFor(look, { what: `${sent.type} as it should be` }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${JSON.stringify(last)}`)
    })
  }
  return {
    world,
    admin,
    shows,
    async arrives(from, body, isIt) {
      const sent = await phones.write(from, 'group' in body ? body : { to: from === ours ? olena : ours, ...body })
      return { sent, message: await shows(sent, isIt) }
    },
    conversation: (id) => admin.call('getConversation', { params: { conversation_id: id } }),
    conversations: () => conversationsOf(admin),
  }
}
