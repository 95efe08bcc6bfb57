import { expect, test } from 'vitest'
import type { Reads } from '../../data/reads.ts'
import { parsePlace } from '../../router.ts'
import { readAhead } from './read-ahead.ts'

const place = (search = '') => parsePlace({ view: 'cnv_1' }, search)

async function asked(state: 'empty' | 'ready', search?: string) {
  const calls: string[] = []
  const note = (name: string) => async () => void calls.push(name)
  const reads = { conversations: note('list'), conversation: note('conversation'), thread: note('thread') } as unknown as Reads
  readAhead(reads, { thread: () => ({ state }) } as never, place(search))
  await new Promise((done) => setTimeout(done))
  return calls
}

test('the list and the open conversation are read, its messages where the screen has not read them meanwhile', async () => {
  expect(await asked('empty')).toEqual(['list', 'conversation', 'thread'])
  expect(await asked('ready')).toEqual(['list', 'conversation'])
})

test('around a message that is looked for, the screen reads', async () => {
  expect(await asked('empty', 'm=msg_1')).toEqual(['list'])
})
