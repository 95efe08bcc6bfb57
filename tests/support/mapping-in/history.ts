import { expect } from 'vitest'
import { waitFor } from '../../e2e/wait.ts'
import { messagesOf } from '../inbox.ts'
import type { World } from '../world.ts'
import { olena, openScene, ours, petro } from './scene.ts'

const at = (hour: number, more = 0) => new Date(Date.parse(`2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`) + more).toISOString()

/** What was said before the linking comes as history: in order, read, and nobody is told of it as of something new. */
export async function tellHistory(world: World): Promise<void> {
  const messages = [
    { sent_at: at(9), text: 'Ви працюєте?', read: true },
    { sent_at: at(9), text: 'В суботу', read: true },
    { sent_at: at(10), text: 'Так', from_me: true },
    { sent_at: at(11), type: 'image', text: 'Ось', read: false },
    { sent_at: at(12), type: 'poll', question: 'Коли?', options: ['зранку', 'ввечері'], read: false },
  ]
  await world.phones.act(ours, 'history', {
    chats: [
      { with: olena, name: 'Олена Коваль', messages },
      { with: petro, name: 'Петро Мельник', messages: [{ sent_at: at(13), text: 'Добрий день', read: true }] },
    ],
  })
  const scene = await openScene(world)
  const look = async () => {
    const all = await scene.conversations()
    const said = await Promise.all(all.map((conversation) => messagesOf(scene.admin, conversation)))
    return said.flat().length === 6 && { all, said }
  }
  const { all, said } = await waitFor(look, { what: 'the history', timeout: 30_000 })
  expect(all.map(({ name, unread_count }) => [name, unread_count])).toEqual([
    ['Петро Мельник', 0],
    ['Олена Коваль', 0],
  ])
  expect(said.flat().every((message) => message.origin === 'history')).toBe(true)
  expect(said[1]?.map((message) => [message.direction, message.type, message.sent_at])).toEqual([
    ['inbound', 'text', at(9)],
    ['inbound', 'text', at(9)],
    ['outbound', 'text', at(10)],
    ['inbound', 'image', at(11)],
    ['inbound', 'poll', at(12)],
  ])
  expect(said[1]?.slice(0, 2).map((message) => ('text' in message ? message.text : ''))).toEqual(['Ви працюєте?', 'В суботу'])
  const { message } = await scene.arrives(olena, { text: 'Нове' })
  expect(message.origin).toBe('contact')
  expect((await scene.conversation(message.conversation_id)).unread_count).toBe(1)
}
