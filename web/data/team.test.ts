import { expect, test } from 'vitest'
import type { Draft } from '../../contract/draft.ts'
import type { MessageId } from '../../contract/ids.ts'
import type { Presence } from '../../contract/event.ts'
import type { Note } from '../../contract/note.ts'
import { createColleagues } from './colleagues.ts'
import { createDrafts } from './drafts.ts'
import { createNotes } from './notes.ts'
import { chat } from './testing/samples.ts'

const note = (name: string, minute: number, text = name): Note => ({
  id: `nte_${name}` as Note['id'],
  conversation_id: chat,
  author: { id: 'usr_1', name: 'Марія' },
  text,
  mentions: [],
  created_at: new Date(Date.UTC(2026, 10, 22, 9, minute)).toISOString(),
})

test('notes stand in their order, each once; what an event has told is newer than a page', () => {
  const notes = createNotes(() => undefined)
  notes.putNote(note('early', 1))
  expect(notes.notes(chat)).toBeUndefined()
  notes.keepNotes(chat, [note('b', 2), note('a', 1)], () => true)
  notes.putNote(note('c', 3))
  notes.putNote(note('a', 1, 'changed'))
  notes.keepNotes(chat, [note('b', 2), note('a', 1)], (id) => id === 'nte_b')
  expect(notes.notes(chat)?.map(({ text }) => text)).toEqual(['changed', 'b', 'c'])
  notes.forgetNotes()
  expect(notes.notes(chat)).toBeUndefined()
})

test('a colleague is seen while they say so, and leaves by silence', () => {
  const timers: (() => void)[] = []
  const colleagues = createColleagues({ after: (_, run) => timers.push(run) }, () => undefined)
  const say = (state: Presence['state'], id = 'usr_2') =>
    colleagues.apply({ conversation_id: chat, user: { id, name: id }, state, at: '2026-11-22T09:00:00Z' })
  const seen = () => colleagues.list(chat).map(({ id, state }) => `${id} ${state}`)
  say('viewing')
  say('viewing', 'usr_3')
  say('typing')
  expect(seen()).toEqual(['usr_3 viewing', 'usr_2 typing'])
  say('left', 'usr_3')
  // The silence of the first word is not that of the last.
  timers[0]?.()
  expect(seen()).toEqual(['usr_2 typing'])
  timers[2]?.()
  expect(seen()).toEqual([])
})

function draftsOn(storage: Map<string, string>) {
  const timers: (() => void)[] = []
  const saved: unknown[] = []
  const drafts = createDrafts({
    storage: {
      getItem: (name: string) => storage.get(name) ?? null,
      setItem: (name: string, text: string) => void storage.set(name, text),
      removeItem: (name: string) => void storage.delete(name),
    } as unknown as Storage,
    prefix: 'd.',
    later: (_, run) => {
      timers.push(run)
      return () => void timers.splice(timers.indexOf(run), 1)
    },
    save: async (id, { mode, text, reply_to_id }) => saved.push([id, mode, text, ...(reply_to_id ? [reply_to_id] : [])]),
  })
  return { drafts, saved, run: () => timers.splice(0).forEach((one) => one()) }
}
const fromServer = (text: string, mode: Draft['mode'] = 'reply'): Draft => ({
  conversation_id: chat,
  mode,
  text,
  updated_at: '2026-11-22T09:00:00Z',
})

test('a draft is kept at once, and told to the server once for what is typed in one go; reply and note stand apart', () => {
  const { drafts, saved, run } = draftsOn(new Map())
  drafts.set(chat, 'До')
  drafts.set(chat, 'Добрий')
  drafts.set(chat, 'для своїх', 'note')
  expect([drafts.get(chat), drafts.get(chat, 'note')]).toEqual(['Добрий', 'для своїх'])
  run()
  expect(saved).toEqual([
    [chat, 'reply', 'Добрий'],
    [chat, 'note', 'для своїх'],
  ])
})

test('what is answered goes with the words to the contact, and stays without them', () => {
  const { drafts, saved, run } = draftsOn(new Map())
  const answered = 'msg_1' as MessageId
  drafts.setReplyTo(chat, answered)
  run()
  drafts.set(chat, 'Так')
  drafts.set(chat, 'своїм', 'note')
  run()
  drafts.setReplyTo(chat, undefined)
  run()
  expect(saved).toEqual([
    [chat, 'reply', '', answered],
    [chat, 'reply', 'Так', answered],
    [chat, 'note', 'своїм'],
    [chat, 'reply', 'Так'],
  ])
})

test('what is answered on another machine is taken over; a note says nothing of it', () => {
  const { drafts } = draftsOn(new Map())
  drafts.keep({ ...fromServer(''), reply_to_id: 'msg_2' as MessageId })
  drafts.keep(fromServer('нотатка', 'note'))
  expect(drafts.replyTo(chat)).toBe('msg_2')
  drafts.keep(fromServer(''))
  expect(drafts.replyTo(chat)).toBeUndefined()
})

test('what another machine has written is taken over, but never over what is being written here', async () => {
  const { drafts, run } = draftsOn(new Map())
  const heard: string[] = []
  drafts.subscribe((_, mode) => heard.push(mode))
  drafts.keep(fromServer('з телефона'))
  expect(drafts.get(chat)).toBe('з телефона')
  drafts.set(chat, 'пишу тут')
  drafts.keep(fromServer('з телефона, далі'))
  expect(drafts.get(chat)).toBe('пишу тут')
  run()
  await Promise.resolve()
  await Promise.resolve()
  drafts.keep(fromServer(''))
  expect(drafts.get(chat)).toBe('')
  expect(heard).toEqual(['reply', 'reply'])
})
