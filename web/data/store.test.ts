import { expect, test } from 'vitest'
import type { Conversation } from '../../contract/conversation.ts'
import type { MessageId, UserId } from '../../contract/ids.ts'
import { filterKey } from './list-filter.ts'
import { createStore, type Store } from './store.ts'
import { chat, handSchedule, sampleConversation, sampleEvent, sampleMessage } from './testing/samples.ts'
import type { Outgoing } from './thread.ts'

const me = 'usr_1' as UserId
const filter = { view: 'all' } as const
const listed = (store: Store) => store.list(filter, me).ids
const keepEnd = (store: Store, last?: Conversation) => {
  store.list(filter, me)
  store.keepListEnd(filter, last)
}
const fresh = { isFresh: () => true }
const rowsOf = (store: Store) => store.thread(chat).rows.map(({ id }) => id.slice(4))
const read = <Answer>(store: Store, keep: (read: ReturnType<Store['openRead']>) => Answer) => {
  const open = store.openRead()
  keep(open)
  open.close()
}

function opened(...messages: readonly ReturnType<typeof sampleMessage>[]) {
  const schedule = handSchedule()
  const store = createStore(schedule)
  store.expectPage(chat)
  store.keepPage(chat, { messages, kind: 'newest', hasOlder: true, hasNewer: false, ...fresh })
  return { store, schedule }
}

test('listeners hear of many changes once a frame, and only those who watch what changed', () => {
  const { store, schedule } = opened(sampleMessage('a', 1), sampleMessage('b', 2))
  schedule.frames()
  const heard: string[] = []
  store.subscribe('message:msg_a', () => heard.push('a'))
  store.subscribe('message:msg_b', () => heard.push('b'))
  for (const text of ['1', '2', '3']) store.applyEvent(sampleEvent('message.updated', sampleMessage('a', 1, { text })))
  expect(heard).toEqual([])
  schedule.frames()
  expect(heard).toEqual(['a'])
})

test('rows stand in order of time whatever the order of events, each once', () => {
  const { store } = opened(sampleMessage('b', 2))
  for (const [name, minute] of [
    ['d', 4],
    ['c', 3],
    ['d', 4],
    ['e', 5],
  ] as const) {
    store.applyEvent(sampleEvent('message.created', sampleMessage(name, minute)))
  }
  expect(rowsOf(store)).toEqual(['b', 'c', 'd', 'e'])
  store.applyEvent(sampleEvent('message.updated', sampleMessage('c', 6)))
  expect(rowsOf(store)).toEqual(['b', 'd', 'e', 'c'])
})

test('a message from before the loaded part makes no hole, and comes with its page', () => {
  const { store } = opened(sampleMessage('m', 30))
  store.applyEvent(sampleEvent('message.created', sampleMessage('old', 10)))
  expect(rowsOf(store)).toEqual(['m'])
  const messages = [sampleMessage('n', 20), sampleMessage('old', 10)]
  store.keepPage(chat, { messages, kind: 'older', hasOlder: false, hasNewer: false, ...fresh })
  expect(rowsOf(store)).toEqual(['old', 'n', 'm'])
  store.applyEvent(sampleEvent('message.created', sampleMessage('oldest', 1)))
  expect(rowsOf(store)).toEqual(['oldest', 'old', 'n', 'm'])
})

test('what an event told while a page was read is neither lost nor overwritten by the page', () => {
  const store = createStore(handSchedule())
  const open = store.openRead()
  store.expectPage(chat)
  store.applyEvent(sampleEvent('message.created', sampleMessage('new', 3)))
  store.applyEvent(sampleEvent('message.updated', sampleMessage('a', 1, { status: 'read' })))
  store.keepPage(chat, {
    messages: [sampleMessage('a', 1, { status: 'sent' })],
    kind: 'newest',
    hasOlder: false,
    hasNewer: false,
    isFresh: open.isFresh,
  })
  open.close()
  expect(rowsOf(store)).toEqual(['a', 'new'])
  expect(store.message('msg_a' as MessageId)?.status).toBe('read')
})

test('after a hole in the feed the newest page begins the thread anew', () => {
  const { store } = opened(sampleMessage('a', 1), sampleMessage('b', 2))
  const before = store.openRead()
  store.forget()
  expect(before.isOvertaken()).toBe(true)
  expect(store.thread(chat).state).toBe('stale')
  expect(rowsOf(store)).toEqual(['a', 'b'])
  store.applyEvent(sampleEvent('message.created', sampleMessage('z', 59)))
  store.keepPage(chat, {
    messages: [sampleMessage('y', 58), sampleMessage('x', 57)],
    kind: 'newest',
    hasOlder: true,
    hasNewer: false,
    ...fresh,
  })
  expect(rowsOf(store)).toEqual(['x', 'y', 'z'])
})

test('a conversation that nobody opened keeps no messages', () => {
  const store = createStore(handSchedule())
  store.applyEvent(sampleEvent('message.created', sampleMessage('a', 1)))
  expect(store.message('msg_a' as MessageId)).toBeUndefined()
})

test('the list is published at once, then at most once in a quarter of a second', () => {
  const schedule = handSchedule()
  const store = createStore(schedule)
  keepEnd(store)
  schedule.timers()
  let orders = 0
  store.subscribe(`list:${filterKey(filter)}`, () => (orders += 1))
  for (let minute = 1; minute < 50; minute += 1) {
    store.applyEvent(sampleEvent('conversation.updated', sampleConversation(minute % 2 ? 'a' : 'b', minute)))
    schedule.frames()
  }
  expect(orders).toBe(1)
  schedule.timers()
  schedule.frames()
  expect(orders).toBe(2)
  expect(listed(store)).toEqual(['cnv_a', 'cnv_b'])
})

test('beyond the loaded part of the list nothing is listed', () => {
  const schedule = handSchedule()
  const store = createStore(schedule)
  const page = [sampleConversation('a', 30), sampleConversation('b', 20)]
  read(store, (open) => store.keepConversations(page, open))
  keepEnd(store, page[1])
  schedule.timers()
  store.applyEvent(sampleEvent('conversation.updated', sampleConversation('old', 5)))
  schedule.timers()
  expect(listed(store)).toEqual(['cnv_a', 'cnv_b'])
  keepEnd(store)
  schedule.timers()
  expect(listed(store)).toEqual(['cnv_a', 'cnv_b', 'cnv_old'])
})

test('what the new first page and its events do not name after a hole is gone from the list', () => {
  const schedule = handSchedule()
  const store = createStore(schedule)
  read(store, (open) => store.keepConversations([sampleConversation('a', 3), sampleConversation('lost', 2)], open))
  keepEnd(store)
  schedule.timers()
  expect(listed(store)).toEqual(['cnv_a', 'cnv_lost'])
  store.forget()
  schedule.timers()
  expect(listed(store)).toEqual(['cnv_a', 'cnv_lost'])
  read(store, (open) => store.keepConversations([sampleConversation('a', 3)], open))
  keepEnd(store)
  schedule.timers()
  expect(listed(store)).toEqual(['cnv_a'])
})

const send: Outgoing = { key: 'k1', conversation_id: chat, created_at: '', state: 'sending', input: { type: 'text', text: 'hi' } }
const own = (name: string, minute: number, text: string) =>
  sampleMessage(name, minute, { direction: 'outbound', origin: 'inbox', sender: { id: 'usr_1', name: 'Я', is_me: true }, text } as never)

test('the feed tells of our message before the answer: it stands once, under the key of the send', () => {
  const { store } = opened()
  store.putOutgoing(send)
  expect(store.thread(chat).pending).toEqual(['k1'])
  store.applyEvent(sampleEvent('message.created', own('s', 1, 'hi')))
  expect(store.thread(chat)).toMatchObject({ pending: [], rows: [{ key: 'k1', id: 'msg_s' }] })
  store.settleOutgoing('k1', own('s', 1, 'hi'))
  expect(store.thread(chat)).toMatchObject({ pending: [], rows: [{ key: 'k1', id: 'msg_s' }] })
})

test('the answer comes before the feed: the row keeps its key and the event adds nothing', () => {
  const { store } = opened()
  store.putOutgoing(send)
  store.settleOutgoing('k1', own('s', 1, 'hi'))
  store.applyEvent(sampleEvent('message.created', own('s', 1, 'hi')))
  expect(store.thread(chat)).toMatchObject({ pending: [], rows: [{ key: 'k1', id: 'msg_s' }] })
})

test('the same text from elsewhere at the same moment: both stand, with keys of their own', () => {
  const { store } = opened()
  store.putOutgoing(send)
  store.applyEvent(sampleEvent('message.created', own('other', 1, 'hi')))
  store.settleOutgoing('k1', own('s', 2, 'hi'))
  const { rows, pending } = store.thread(chat)
  expect(pending).toEqual([])
  expect(rows.map(({ id }) => id)).toEqual(['msg_other', 'msg_s'])
  expect(new Set(rows.map(({ key }) => key)).size).toBe(2)
})

test('typing ends with the message and is not believed for ever', () => {
  const schedule = handSchedule()
  const store = createStore(schedule)
  const typing = (on: boolean) => store.applyTyping({ conversation_id: chat, sender: { id: 'con_1', name: 'Олена' }, on })
  typing(true)
  expect(store.typing(chat)).toBe('Олена')
  store.applyEvent(sampleEvent('message.created', sampleMessage('a', 1)))
  expect(store.typing(chat)).toBeUndefined()
  typing(true)
  schedule.timers()
  expect(store.typing(chat)).toBeUndefined()
})

test('an earlier part is shown without a hole: what is newer waits until the part reaches up to it', () => {
  const { store } = opened(sampleMessage('z', 50), sampleMessage('y', 49))
  const page = (names: readonly [string, number][]) => names.map(([name, minute]) => sampleMessage(name, minute))
  store.keepPage(chat, {
    messages: page([
      ['c', 3],
      ['b', 2],
      ['a', 1],
    ]),
    kind: 'around',
    hasOlder: true,
    hasNewer: true,
    ...fresh,
  })
  expect(rowsOf(store)).toEqual(['a', 'b', 'c'])
  store.applyEvent(sampleEvent('message.created', sampleMessage('now', 59)))
  store.applyEvent(sampleEvent('message.created', sampleMessage('aa', 1)))
  expect(rowsOf(store)).toEqual(['a', 'aa', 'b', 'c'])

  store.keepPage(chat, {
    messages: page([
      ['d', 4],
      ['e', 5],
    ]),
    kind: 'newer',
    hasOlder: true,
    hasNewer: true,
    ...fresh,
  })
  expect(rowsOf(store)).toEqual(['a', 'aa', 'b', 'c', 'd', 'e'])
  // The page was read before `now` was written.
  store.keepPage(chat, {
    messages: page([
      ['y', 49],
      ['z', 50],
    ]),
    kind: 'newer',
    hasOlder: true,
    hasNewer: false,
    ...fresh,
  })
  expect(rowsOf(store)).toEqual(['a', 'aa', 'b', 'c', 'd', 'e', 'y', 'z', 'now'])
  expect(store.thread(chat)).toMatchObject({ hasOlder: true, hasNewer: false, beyond: [], part: 1 })
})

test('from an earlier part the newest page leads back to the end, with what events have told since', () => {
  const { store } = opened(sampleMessage('z', 50))
  store.keepPage(chat, { messages: [sampleMessage('a', 1)], kind: 'around', hasOlder: false, hasNewer: true, ...fresh })
  store.applyEvent(sampleEvent('message.created', sampleMessage('now', 59)))
  store.keepPage(chat, { messages: [sampleMessage('z', 50)], kind: 'newest', hasOlder: true, hasNewer: false, ...fresh })
  expect(rowsOf(store)).toEqual(['z', 'now'])
  expect(store.thread(chat)).toMatchObject({ hasOlder: true, hasNewer: false, part: 2 })
})
