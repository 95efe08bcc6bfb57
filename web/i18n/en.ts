import { plural } from './contract-words.ts'
import { contract } from './en-contract.ts'
import { frame } from './en-frame.ts'
import { list } from './en-list.ts'
import { panel } from './en-panel.ts'
import { thread } from './en-thread.ts'
import type { Words } from './uk.ts'

const count = plural('en')

/** English; written, not translated word for word. */
export const en: Words = {
  ...contract,
  ...frame,
  ...list,
  ...panel,
  ...thread,
  common: {
    unsavedAsk: 'Your changes are not saved. Leave anyway?',
    loading: 'Loading…',
    save: 'Save',
    saved: 'Saved',
    cancel: 'Cancel',
    close: 'Close',
    retry: 'Try again',
    copy: 'Copy',
    copied: 'Copied',
    add: 'Add',
    waitFor: (seconds) => `Try again in ${seconds} s.`,
    wrongField: 'Check this field.',
    noAnswer: 'The server does not answer. Check the network and try again.',
    language: 'Language',
  },
  nav: { label: 'Sections', inbox: 'Inbox', connect: 'Connect', health: 'Health', settings: 'Settings', signOut: 'Sign out' },
  notices: {
    down: (name: string, status: string, since: string) => `“${name}”: ${status}, since ${since}.`,
    back: (name: string) => `“${name}” works again.`,
    manyDown: (n: number, since: string) => `${count(n, { one: '# number does', other: '# numbers do' })} not work, since ${since}.`,
    manyBack: (n: number) => `${count(n, { one: '# number works', other: '# numbers work' })} again.`,
    which: 'See which',
    hide: 'Hide',
  },
  signIn: {
    title: 'Sign in',
    email: 'E-mail',
    password: 'Password',
    show: 'Show password',
    remember: 'Remember me',
    submit: 'Sign in',
  },
  setup: {
    title: 'The first admin',
    intro: 'Nobody is here yet. The setup code was printed in the log of the server when it first started.',
    step: (number) => `Step ${number} of 3`,
    token: 'Setup code',
    tokenHint: 'From the log of the server',
    wrongToken: 'The code is not right. Take the latest from the log: after a restart it is another.',
    name: 'Name',
    passwordHint: 'At least 12 characters',
    ratings: {
      short: 'Too short.',
      common: 'Such a password is easily guessed. Add a few other words.',
      enough: 'Enough. A few more words make it stronger.',
      good: 'A good password.',
    },
    next: 'Next',
  },
  settings: {
    title: 'Settings',
    numbers: 'Numbers',
    account: 'My Matrix',
    people: 'People',
    labels: 'Labels',
    canned: 'Canned replies',
    keys: 'API keys',
    roads: 'Mode',
    cloud: 'WhatsApp Business',
    system: 'Matrix server',
    retention: 'Retention',
    audit: 'Audit log',
    profile: 'Profile',
  },
  routeReasons: {
    window_closed: 'only by a template, as the window is closed',
    group: 'groups stay on their number',
    no_address: 'the contact has no address on that road',
    no_channel: 'there is no number to write from',
    channel_not_connected: 'the number is not connected',
    reachout_locked: 'WhatsApp allows no new chats for now',
    type_unsupported: 'cannot be sent there',
  },
}
