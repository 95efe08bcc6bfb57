import { expect } from 'vitest'
import type { Message } from '../../../contract/message.ts'

/** One row of what WhatsApp carries: how it is written, and what stands in the inbox then. */
export interface Kind {
  readonly row: string
  readonly write: object
  readonly read: object
  /** For what becomes itself only when its file is here. */
  readonly type?: Message['type']
}

const file = (type: string, more: object = {}) => ({ attachments: [{ type, status: 'ready', size_bytes: expect.any(Number), ...more }] })
const words = expect.stringMatching(/./)

/** Each kind of message that stands for itself, by the rows of protocol/bridge.md 5.1. */
export const kinds: readonly Kind[] = [
  { row: 'text', write: { text: 'Добрий день' }, read: { type: 'text', text: 'Добрий день' } },
  {
    row: 'text with formatting',
    write: { text: 'Це *важливо*, _дуже_, ~ні~ `код`\n> цитата' },
    read: { type: 'text', text: 'Це *важливо*, _дуже_, ~ні~ `код`\n> цитата' },
  },
  {
    row: 'text with a link preview',
    write: { text: 'https://example.com', preview: { url: 'https://example.com', title: 'Example' } },
    read: { type: 'text', text: 'https://example.com' },
  },
  { row: 'mention of everyone', write: { text: '@all увага', everyone: true }, read: { text: '@all увага', mentions_everyone: true } },
  { row: 'forwarded text', write: { text: 'Новина', forwarded: true }, read: { type: 'text', text: 'Новина', forwarded: true } },
  { row: 'image with a caption', write: { type: 'image', text: 'Ось' }, read: { type: 'image', text: 'Ось', ...file('image') } },
  { row: 'image without a caption', write: { type: 'image' }, read: { type: 'image', ...file('image', { mime_type: 'image/jpeg' }) } },
  { row: 'forwarded image without a caption', write: { type: 'image', forwarded: true }, read: { type: 'image', forwarded: true } },
  { row: 'video', write: { type: 'video', duration_ms: 1_000 }, read: { type: 'video', ...file('video', { duration_ms: 1_000 }) } },
  { row: 'gif', write: { type: 'video', gif: true }, read: { type: 'video', ...file('video', { gif: true }) } },
  { row: 'round video', write: { type: 'video', width: 240, height: 240 }, read: { ...file('video', { width: 240, height: 240 }) } },
  { row: 'audio', write: { type: 'audio', duration_ms: 2_000 }, read: { type: 'audio', ...file('audio', { duration_ms: 2_000 }) } },
  {
    row: 'voice note',
    write: { type: 'voice', waveform: [0, 20, 40] },
    read: { type: 'audio', ...file('audio', { voice: true, waveform: [0, 50, 100] }) },
  },
  {
    row: 'document',
    write: { type: 'document', file_name: 'рахунок.pdf', text: 'Рахунок' },
    read: { type: 'document', text: 'Рахунок', ...file('document', { file_name: 'рахунок.pdf' }) },
  },
  { row: 'sticker', write: { type: 'sticker', emoji: '🙂' }, read: { type: 'sticker', ...file('sticker', { mime_type: 'image/webp' }) } },
  {
    row: 'location',
    write: { type: 'location', latitude: 50.45, longitude: 30.52, name: 'Офіс', address: 'Хрещатик, 1' },
    read: { type: 'location', location: { latitude: 50.45, longitude: 30.52, name: 'Офіс', address: 'Хрещатик, 1' } },
  },
  { row: 'live location', write: { type: 'live_location', text: 'Їду' }, read: { type: 'system', text: expect.stringContaining('Їду') } },
  {
    row: 'contact card',
    write: { type: 'contacts', contacts: [{ name: 'Ігор', phone: '+380509876543' }] },
    read: { type: 'contacts', contacts: [{ name: 'Ігор', phones: ['+380509876543'] }] },
    type: 'contacts',
  },
  {
    row: 'several contacts',
    write: { type: 'contacts', contacts: ['1', '2'].map((end) => ({ name: `N${end}`, phone: `+38050987654${end}` })) },
    read: { type: 'system', text: words },
  },
  {
    row: 'poll',
    write: { type: 'poll', question: 'Коли?', options: ['Сьогодні', 'Завтра'] },
    read: { type: 'poll', poll: { question: 'Коли?', options: ['Сьогодні', 'Завтра'], max_choices: 1, votes: [] } },
  },
  { row: 'album', write: { type: 'album', images: 2 }, read: { type: 'system', text: words } },
  {
    row: 'event invite',
    write: { type: 'event_invite', name: 'Зустріч', starts_at: '2026-12-01T10:00:00Z' },
    read: { type: 'text', text: expect.stringContaining('*Зустріч*') },
  },
  { row: 'pin', write: { type: 'notice', about: 'pin' }, read: { type: 'system', text: words } },
  { row: 'keep in chat', write: { type: 'notice', about: 'keep' }, read: { type: 'system', text: words } },
  {
    row: 'group invite',
    write: { type: 'group_invite', group_name: 'Клуб', code: 'SecretCode' },
    read: { type: 'text', group_invite: { name: 'Клуб', expires_at: expect.any(String) } },
  },
  ...(['template', 'buttons', 'interactive', 'list'] as const).flatMap((form): Kind[] => [
    {
      row: `business message: ${form}`,
      write: { type: 'business', form, text: 'Оберіть', buttons: ['Так', 'Ні'] },
      read: { type: 'interactive', text: expect.stringMatching(/Оберіть[^]*<Так>/), interactive: { buttons: [] } },
    },
    {
      row: `reply to a business message: ${form}`,
      write: { type: 'business_reply', form, text: 'Так', id: 'yes' },
      read: { type: 'interactive_reply', interactive_reply: { id: form === 'interactive' ? '' : 'yes', title: 'Так' } },
    },
  ]),
  { row: 'answer of an artificial intelligence', write: { type: 'ai', text: 'Це **так**' }, read: { type: 'text', text: 'Це *так*' } },
  { row: 'history-share notice', write: { type: 'notice', about: 'history_share' }, read: { type: 'system', text: words } },
  { row: 'masked (one-time code)', write: { type: 'masked' }, read: { type: 'system', text: words } },
  { row: 'view-once', write: { type: 'view_once' }, read: { type: 'unsupported', unsupported: { original_type: 'undecryptable' } } },
  { row: 'view-once told by a notice', write: { type: 'view_once', shown: 'notice' }, read: { type: 'system', text: words } },
  { row: 'media otherwise failed', write: { type: 'notice', about: 'media_failed' }, read: { type: 'system', text: words } },
  {
    row: 'unknown type',
    write: { type: 'unknown' },
    read: { type: 'unsupported', unsupported: { original_type: 'unknown', fallback: words } },
  },
  {
    row: 'conversion failed',
    write: { type: 'notice', about: 'conversion_failed' },
    read: { type: 'unsupported', unsupported: { original_type: 'bridge_error' } },
  },
  { row: 'incoming call', write: { type: 'call' }, read: { type: 'system', system: { event: 'call', video: false } } },
  { row: 'incoming video call', write: { type: 'call', video: true }, read: { type: 'system', system: { event: 'call', video: true } } },
  { row: 'security code changed', write: { type: 'notice', about: 'security_code' }, read: { type: 'system', text: words } },
]
