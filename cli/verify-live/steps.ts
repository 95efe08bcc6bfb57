import {
  changes,
  chatOf,
  gives,
  givesFile,
  idOf,
  isOut,
  isReady,
  nowOf,
  ownChannel,
  saysName,
  sends,
  settledChange,
  takes,
} from './step-kinds.ts'
import type { Step } from './walk.ts'

/** What only a live account can show, in the order in which it takes the least time: about twenty minutes with two phones. */
export const liveSteps: readonly Step[] = [
  {
    id: 'checks',
    shows: '13.1',
    todo: () => 'Nothing to do: the settings are looked at.',
    look: async ({ api }) => {
      const { checks } = await api.call('getMatrixSystemConfig')
      const wrong = checks.filter(({ status }) => status === 'error' || status === 'warning')
      return wrong.length === 0
        ? { pass: `${checks.length} checks, none wrong` }
        : { fail: wrong.map(({ id, detail }) => `${id}: ${detail}`).join('; ') }
    },
  },
  {
    id: 'link',
    shows: '13.4',
    todo: () => 'Link phone A in the page by QR: let the first code run out and scan the second. A number that is linked already is taken.',
    look: async (scene) => {
      const { items } = await scene.api.call('listChannels')
      const isIt = (phone: string) => scene.phone === undefined || phone === scene.phone
      scene.channel = items.find(({ status, road, phone }) => status === 'connected' && road !== 'classical' && isIt(phone))
      return scene.channel && { pass: `${scene.channel.phone} is connected` }
    },
  },
  {
    id: 'history',
    shows: '13.14',
    todo: () => 'Wait until the chats of phone A stand in the inbox (some minutes at the most).',
    look: async (scene) => {
      const { chats, messages } = (await ownChannel(scene)).import
      return { pass: `${chats} chats with ${messages} messages so far` }
    },
    question: 'In three chats: the same messages as on phone A, in the same order, none twice, and unread only what is unread there?',
  },
  takes(
    'text',
    '13.15',
    (name) => `From phone B write to phone A:  ${name}`,
    (message, name) => saysName(message, name),
  ),
  takes(
    'reply',
    '13.15',
    (name) => `From phone B answer your last message (swipe it) with:  ${name}`,
    (message, name, { kept }) => {
      return saysName(message, name) && message.reply_to?.id === kept.get('text')?.id
    },
  ),
  takes(
    'image',
    '13.15',
    (name) => `From phone B send a photo with the caption:  ${name}`,
    (message, name) => {
      return message.type === 'image' && isReady(message) && saysName(message, name)
    },
  ),
  takes(
    'voice',
    '13.15',
    () => 'From phone B send a voice note of some seconds.',
    (message) => {
      return message.type === 'audio' && isReady(message) && message.attachments[0]?.voice === true
    },
  ),
  takes(
    'document',
    '13.15',
    () => 'From phone B send a document (a PDF).',
    (message) => message.type === 'document' && isReady(message),
  ),
  takes(
    'sticker',
    '13.15',
    () => 'From phone B send a sticker.',
    (message) => message.type === 'sticker' && isReady(message),
  ),
  takes(
    'location',
    '13.15',
    () => 'From phone B send where you are (not live).',
    (message) => message.type === 'location',
  ),
  takes(
    'contact',
    '13.15',
    () => 'From phone B send a contact card.',
    (message) => message.type === 'contacts',
  ),
  takes(
    'poll',
    '13.15',
    () => 'From phone B make a poll with two options.',
    (message) => message.type === 'poll',
  ),
  changes(
    'edit',
    '13.17',
    (name) => `From phone B edit your first message ("step 4") to:  ${name}`,
    'text',
    (message, name) => {
      return saysName(message, name) && message.edited_at !== undefined
    },
  ),
  changes(
    'reaction',
    '13.17',
    () => 'From phone B react to that message.',
    'text',
    ({ reactions }) => reactions.length === 1,
  ),
  changes(
    'reaction_gone',
    '13.17',
    () => 'From phone B take the reaction back.',
    'text',
    ({ reactions }) => reactions.length === 0,
  ),
  changes(
    'revoke',
    '13.17',
    () => 'From phone B delete that message for everyone.',
    'text',
    ({ type }) => type === 'deleted',
  ),
  takes(
    'from_phone',
    '13.12',
    (name) => `On phone A itself write to phone B:  ${name}`,
    (message, name) => {
      return saysName(message, name) && message.direction === 'outbound' && message.origin === 'phone'
    },
  ),
  {
    id: 'ticks',
    shows: '13.19',
    todo: (name) => `"${name}" is sent to phone B. Open the chat there when it has come.`,
    act: (scene, name) => sends(scene, 'ticks', { text: name }),
    look: async (scene) => {
      const { status, delivered_at, read_at, error } = await nowOf(scene, 'ticks')
      if (status === 'failed') return { fail: error?.detail ?? 'it failed' }
      return status === 'read' ? { pass: `delivered ${delivered_at ?? '(not told)'}, read ${read_at ?? ''}` } : undefined
    },
    question: 'Does it stand on phone B once?',
  },
  {
    id: 'read',
    shows: '13.19',
    todo: () => 'The chat is marked as read here.',
    act: async (scene) => void (await scene.api.call('markRead', { params: { conversation_id: chatOf(scene) }, body: {} })),
    question: 'Are the ticks of the last message of phone B blue on phone B?',
  },
  gives(
    'command',
    (name, { prefix }) => `${prefix} help ${name}`,
    'Did phone B get the text with the command, and did the bridge’s bot stay silent?',
  ),
  {
    ...gives('own_edit', (name) => name, 'Does the message on phone B end in "edited" now?'),
    shows: '13.17',
    look: async (scene, name) => {
      const message = await nowOf(scene, 'own_edit')
      if (!isOut(message)) return undefined
      if (message.edited_at === undefined)
        await scene.api.call('editMessage', { params: { message_id: message.id }, body: { text: `${name} edited` } })
      return settledChange(await nowOf(scene, 'own_edit'))
    },
  },
  {
    id: 'own_reaction',
    shows: '13.17',
    todo: () => 'We react with 👍 to the voice note of phone B.',
    act: async (scene) => {
      await scene.api.call('setReaction', { params: { message_id: idOf(scene, 'voice') }, body: { emoji: '👍' } })
    },
    look: async (scene) => settledChange(await nowOf(scene, 'voice')),
    question: 'Does 👍 stand under the voice note on phone B?',
  },
  {
    ...gives('own_delete', (name) => name, 'Is the last message on phone B replaced by "this message was deleted"?'),
    shows: '13.17',
    look: async (scene) => {
      const message = await nowOf(scene, 'own_delete')
      if (message.type === 'deleted') return settledChange(message)
      if (isOut(message)) await scene.api.call('deleteMessage', { params: { message_id: message.id } })
      return undefined
    },
  },
  givesFile('own_image', 'image', 'photo.jpg', 'Does phone B show a small picture?'),
  givesFile('own_voice', 'voice', 'voice.ogg', 'Does phone B show a voice note of three seconds (not a file) that plays?'),
  takes(
    'group',
    '13.24',
    (name) => `On phone B make a group with phone A and write in it:  ${name}`,
    (message, name, { chat }) => {
      return saysName(message, name) && message.conversation_id !== chat
    },
  ),
  {
    id: 'unlink',
    shows: '13.10',
    todo: () => 'On phone A: Linked devices, choose the bridge, log out.',
    look: async (scene) => ((await ownChannel(scene)).status === 'logged_out' ? { pass: 'the page says: link again' } : undefined),
  },
  {
    id: 'relink',
    shows: '13.10',
    todo: () => 'Link phone A again in the page, this time by the pairing code.',
    look: async (scene) =>
      (await ownChannel(scene)).status === 'connected' ? { pass: 'it is the same number, with its chats' } : undefined,
  },
  takes(
    'again',
    '13.10',
    (name) => `From phone B write to phone A:  ${name}`,
    (message, name, { chat }) => {
      return saysName(message, name) && message.conversation_id === chat
    },
  ),
]
