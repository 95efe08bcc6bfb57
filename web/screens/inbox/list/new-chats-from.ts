import type { Channel } from '../../../../contract/channel.ts'

/**
 * From when on a number may begin chats again, RFC 3339: WhatsApp forbids it for a time to numbers that wrote to too many strangers. Empty
 * where it does not say until when; undefined where the number may begin them now.
 */
export function newChatsFrom({ status, status_detail = '' }: Pick<Channel, 'status' | 'status_detail'>): string | undefined {
  if (status !== 'restricted') return undefined
  const [until = ''] = /\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?/.exec(status_detail) ?? []
  return Number.isNaN(Date.parse(until)) ? '' : until
}
