import { plural } from './contract-words.ts'
import type { ThreadLateWords } from './uk-thread-late.ts'

const count = plural('en')

/** As `uk-thread-late.ts`. */
export const en: ThreadLateWords = {
  album: {
    title: (n: number) => count(n, { one: 'Album: # file', other: 'Album: # files' }),
    film: (name: string, time: string) => `Video from ${name}, ${time}`,
    place: (at: number, of: number) => `${at} of ${of}`,
    more: (n: number) => `${n} more`,
    showAll: (n: number) => `Show all ${n}`,
  },
  editing: {
    left: (time: string) => `${time} left to edit`,
    over: 'The time to edit is over. What you wrote is still here.',
    asNew: 'Move it to a new message',
  },
  stranger: 'New contact: writing first to many people may get the number blocked.',
  understood: 'Got it',
  newChat: {
    locked: (until: string) =>
      until
        ? `WhatsApp allows no new chats until ${until}. Existing conversations work.`
        : 'WhatsApp allows no new chats for now. Existing conversations work.',
    lockedNumber: (number: string, until: string) =>
      until ? `${number} · no new chats until ${until}` : `${number} · no new chats for now`,
  },
  versions: { title: 'Earlier versions', none: 'What stood here before was not seen by us.' },
  history: {
    title: 'Activity',
    none: 'Nothing has been done with this conversation yet.',
    older: 'Show earlier',
    itself: 'System',
    deeds: {
      assigned: (name) => `Assigned to ${name}`,
      unassigned: 'Unassigned',
      closed: 'Conversation closed',
      reopened: 'Conversation opened',
      snoozed: (time) => `Snoozed until ${time}`,
      added: (labels) => `Labels added: ${labels}`,
      removed: (labels) => `Labels removed: ${labels}`,
    },
  },
  readers: {
    title: 'Read by',
    got: 'Delivered to',
    unknown: (n) => count(n, { one: 'WhatsApp has not told of # person yet.', other: 'WhatsApp has not told of # people yet.' }),
  },
  hits: {
    title: 'Found in this conversation',
    place: (at: number, of: number, hasMore: boolean) => `${at} of ${of}${hasMore ? '+' : ''}`,
    found: (n: number) => count(n, { one: '# match', other: '# matches' }),
    leave: 'Leave the search in this conversation',
  },
}
