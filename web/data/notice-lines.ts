import type { ChannelNotice, Notice } from '../../contract/notice.ts'

/** A line of the bar: of one number, or of many that fell or came back, with the ids of all that it stands for. */
export type NoticeLine =
  | { readonly kind: 'one'; readonly notice: ChannelNotice; readonly ids: readonly string[] }
  | {
      readonly kind: 'many'
      readonly type: ChannelNotice['type']
      readonly count: number
      readonly since: string
      readonly ids: readonly string[]
    }

/** More of a kind than this are one line: a bridge that is away takes all its numbers with it. */
const mostApart = 3

/** What is to be said: of each number the newest; that one is back only where it was told while the page is open (`told`). */
export function noticeLines(before: readonly Notice[], told: readonly Notice[], hidden: readonly string[]): readonly NoticeLine[] {
  const byAge = [...before, ...told].filter(isOfNumber).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const newest = [...new Map(byAge.map((notice) => [notice.channel_id, notice])).values()]
  const isNews = (notice: ChannelNotice) => notice.type === 'channel_down' || told.some(({ id }) => id === notice.id)
  const shown = newest.filter((notice) => isNews(notice) && !hidden.includes(notice.id))
  return (['channel_down', 'channel_back'] as const).flatMap((type) => linesOf(shown.filter((notice) => notice.type === type)))
}

function isOfNumber(notice: Notice): notice is ChannelNotice {
  return notice.type !== 'mention'
}

function linesOf(notices: readonly ChannelNotice[]): readonly NoticeLine[] {
  const [first] = notices
  if (first === undefined || notices.length <= mostApart) return notices.map((notice) => ({ kind: 'one', notice, ids: [notice.id] }))
  const since = notices.map((notice) => notice.since).toSorted()[0] ?? first.since
  return [{ kind: 'many', type: first.type, count: notices.length, since, ids: notices.map(({ id }) => id) }]
}
