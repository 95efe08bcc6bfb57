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
  hits: {
    title: 'Found in this conversation',
    place: (at: number, of: number, hasMore: boolean) => `${at} of ${of}${hasMore ? '+' : ''}`,
    found: (n: number) => count(n, { one: '# match', other: '# matches' }),
    older: 'To the earlier match',
    newer: 'To the later match',
    leave: 'Leave the search in this conversation',
  },
}
