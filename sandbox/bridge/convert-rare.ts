import type { BusinessForm, NoticeAbout, RareContent, WaMessage } from '../phone/types.ts'
import type { JsonObject } from './json.ts'
import { escapeHtml } from './markup.ts'

/** Content that becomes an event of its own, though not one that shows everything. */
export type RareShown = Exclude<RareContent, { type: 'late' | 'disappeared' }>

/** The content of the Matrix event for a rare message, by the rows of protocol/bridge.md 5.1. */
export function convertRare(message: WaMessage, content: RareShown): JsonObject {
  switch (content.type) {
    case 'live_location':
      return notice(`Started sharing live location${content.caption === undefined ? '' : `\n\n${content.caption}`}`)
    case 'album':
      return notice(`Sent an album with ${counted(content.images, 'image')} and ${counted(content.videos, 'video')}`)
    case 'group_invite':
      return invite(message, content)
    case 'business':
      return business(message, content)
    case 'business_reply':
      return { msgtype: 'm.text', body: content.text, ...replyMark(content.form, content.id) }
    case 'masked':
      return notice('This message is masked for security. Open WhatsApp on your phone to see it.')
    case 'view_once':
      return content.shown === 'notice' ? notice('You received a view once message. Open WhatsApp on your phone to see it.') : placeholder()
    case 'notice':
      return {
        ...notice(noticeTexts[content.about]),
        ...(content.about === 'conversion_failed' ? { 'fi.mau.bridge.internal_error': 'x' } : {}),
      }
    case 'event_invite':
      return eventInvite(content)
    case 'ai':
      return { msgtype: 'm.text', body: content.text, format: 'org.matrix.custom.html', formatted_body: htmlOfMarkdown(content.text) }
    case 'undecryptable':
      return placeholder()
    case 'missing_media':
      return missingMedia(content.media_type)
    case 'timer':
      return timerNotice(content.ms)
  }
}

const noticeTexts: Record<NoticeAbout, string> = {
  pin: 'Pinned a message',
  keep: 'Kept a message',
  history_share: 'Shared the chat history',
  security_code: 'Security code changed',
  media_failed: 'Failed to bridge media',
  conversion_failed: 'Failed to convert message',
}

function placeholder(): JsonObject {
  return {
    ...notice('Decrypting message from WhatsApp failed, waiting for the sender to send it again'),
    'fi.mau.whatsapp.undecryptable': true,
  }
}

function eventInvite({ name, starts_at }: Extract<RareContent, { type: 'event_invite' }>): JsonObject {
  const body = `${name}\n\nStarts at ${starts_at}`
  const html = `<strong>${escapeHtml(name)}</strong><br>Starts at <time datetime="${starts_at}">${starts_at}</time>`
  return { msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body: html }
}

/** As much of Markdown as such an answer has: bold words and code. */
function htmlOfMarkdown(text: string): string {
  return escapeHtml(text)
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>')
}

function notice(body: string): JsonObject {
  return { msgtype: 'm.notice', body }
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function invite(message: WaMessage, content: Extract<RareContent, { type: 'group_invite' }>): JsonObject {
  const body = `You are invited to the WhatsApp group ${content.group_name}`
  return {
    msgtype: 'm.text',
    body,
    format: 'org.matrix.custom.html',
    formatted_body: escapeHtml(body),
    'fi.mau.whatsapp.invite': {
      jid: '120363400000000001@g.us',
      code: content.code,
      expiration: String(Math.floor(message.sent_at / 1000) + 3 * 86_400),
      inviter: `${message.from}@s.whatsapp.net`,
      group_name: content.group_name,
      is_parent_group: false,
    },
  }
}

function business(message: WaMessage, content: Extract<RareContent, { type: 'business' }>): JsonObject {
  const buttons = content.buttons.map((title) => `<${title}>`)
  const body = [content.text, ...(buttons.length === 0 ? [] : [buttons.join(' - '), 'Use the WhatsApp app to click buttons'])].join('\n\n')
  return {
    msgtype: 'm.text',
    body,
    'fi.mau.whatsapp.business_message_type': content.form,
    ...(content.form === 'template' ? { 'fi.mau.whatsapp.hydrated_template_id': message.id } : {}),
  }
}

function replyMark(form: BusinessForm, id: string): JsonObject {
  switch (form) {
    case 'template':
      return { 'fi.mau.whatsapp.template_button_reply': { id, index: 0 } }
    case 'buttons':
      return { 'fi.mau.whatsapp.buttons_response_message': { selected_button_id: id } }
    case 'interactive':
      return { 'fi.mau.whatsapp.interactive_response_message': {} }
    case 'list':
      return { 'fi.mau.whatsapp.list_reply': { row_id: id } }
  }
}

function missingMedia(type: string): JsonObject {
  const failed = {
    type: 'm.room.message',
    content: { msgtype: 'm.notice' },
    extra: {},
    whatsapp_media: { key: 'AAAA' },
    mentioned_jid: [],
    type_description: type,
  }
  return { ...notice(`Old ${type}. Use the WhatsApp app to download it.`), 'fi.mau.whatsapp.failed_media': failed }
}

/** What the room's state says of disappearing messages. */
export function timerContent(ms: number): JsonObject {
  return ms === 0 ? {} : { type: 'after_send', timer: ms }
}

function timerNotice(ms: number): JsonObject {
  const body = ms === 0 ? 'Turned off disappearing messages' : `Set the disappearing message timer to ${ms / 86_400_000} days`
  return {
    ...notice(body),
    'com.beeper.action_message': { type: 'disappearing_timer', timer: ms, timer_type: ms === 0 ? '' : 'after_send', implicit: false },
    'com.beeper.disappearing_timer': timerContent(ms),
  }
}
