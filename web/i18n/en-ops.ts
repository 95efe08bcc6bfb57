import { plural } from './contract-words.ts'
import type { ops as uk } from './uk-ops.ts'

const count = plural('en')
const messages = (n: number) => count(n, { one: '# message', other: '# messages' })

/** The words of the page on the server's health, in English. */
export const ops: typeof uk = {
  ops: {
    title: 'Health',
    allWell: 'Everything works.',
    attention: 'Attention:',
    numbersDown: (n) => count(n, { one: '# number is down', other: '# numbers are down' }),
    notStored: (n) => `${messages(n)} could not be stored`,
    notUnderstood: (n) => `${messages(n)} not understood yet`,
    waiting: (n) => `${messages(n)} waiting in the queue`,
    lagging: (time) => `events are ${time} late`,
    degraded: (n) => count(n, { one: '# service does not answer well', other: '# services do not answer well' }),
    warnings: (n) => count(n, { one: '# warning', other: '# warnings' }),
    states: { ok: 'fine', warning: 'attention', bad: 'error' },
    tiles: {
      feed_lag_seconds: 'Delay of events',
      inbound_waiting: 'Waiting to be read',
      outbox_waiting: 'Queue of sends',
      jobs_waiting: 'Background jobs',
      deferred_events: 'Waiting for keys or context',
      dead_letters: 'Could not be stored',
      not_understood: 'Not understood',
    },
    day: 'The last 24 hours',
    dayHint: 'The worst of each quarter of an hour, the latest first.',
    from: 'From',
    seconds: (n) => `${n} s`,
    numbers: 'Numbers',
    noNumbers: 'No number is connected yet.',
    queued: (n) => `queued: ${n}`,
    lastInbound: (time) => `last inbound ${time}`,
    services: 'Services',
    since: (time) => `since ${time}`,
    warningList: 'Warnings',
    redrive: 'Try again',
    redriven: (n, left, reread) => `Stored: ${n}. Read again: ${reread}. Left: ${left}.`,
    deadLetters: 'What could not be stored',
    stored: 'Stored.',
    failedAgain: 'It failed again; why stands beside it.',
    copy: 'Copy the report',
    copied: 'The report was copied.',
    pause: 'Stop updating',
    resume: 'Keep updating',
    updated: (time) => `Updated at ${time}`,
    started: (time) => `The server has been running since ${time}`,
  },
}
