import { expect, test } from 'vitest'
import { chatFacts, event, olena, pushed, read } from '../testing.ts'

const facts = chatFacts()
const only = (raw: unknown) => read(pushed(raw), facts).items[0]

const poll = (options: readonly string[]) => ({
  msgtype: 'm.text',
  body: 'Tea?',
  'org.matrix.msc3381.poll.start': {
    max_selections: 2,
    question: { 'org.matrix.msc1767.text': 'Tea?' },
    answers: options.map((words, index) => ({ id: `id-${index}`, 'org.matrix.msc1767.text': words })),
  },
})
const vote = (answers: unknown, target = '$poll') =>
  event(
    { 'm.relates_to': { rel_type: 'm.reference', event_id: target }, 'org.matrix.msc3381.poll.response': { answers } },
    { type: 'org.matrix.msc3381.poll.response', event_id: '$vote' },
  )

test('a vote is told by the words of its poll, and waits for a poll that has not come', () => {
  const asked = event(poll(['yes', 'no']), { event_id: '$poll' })
  const { items, facts: learnt, resolved } = read(pushed(asked, vote(['id-1', 'id-0'])), facts)
  expect(items).toMatchObject([
    { type: 'message', content: { type: 'poll', poll: { options: ['yes', 'no'], max_choices: 2 } } },
    { type: 'vote', target: '$poll', id: '$vote', options: ['no', 'yes'], sender: { id: olena } },
  ])
  expect(resolved).toEqual(['poll:$poll'])
  const known = new Map([...facts, ...learnt.map(({ key, value }) => [key, value] as const)])
  const later = (raw: unknown) => read(pushed(raw), known).items[0]
  expect(later(vote([]))).toMatchObject({ type: 'vote', options: [] })
  expect(later(vote(['id-7']))).toMatchObject({ type: 'dead' })
  expect(later(vote(['id-0'], '$other'))).toMatchObject({ type: 'deferred', waitsFor: 'poll:$other' })
})

test('what is not understood is kept as it came, and read again by what is known then', () => {
  const strange = event({ msgtype: 'm.hologram', body: 'a hologram' })
  const found = only(strange)
  expect(found).toMatchObject({ type: 'message', content: { type: 'unsupported' }, raw: { event: strange } })
  const unknown = only(event({ some: 'thing' }, { type: 'com.example.new' }))
  expect(unknown).toMatchObject({ type: 'unknown', networkType: 'com.example.new', id: '$event', raw: { piece: 'event' } })
  expect(only(event({ msgtype: 'm.notice', body: 'Pinned a message' }))).toHaveProperty('raw')
  expect(only(event({ msgtype: 'm.text', body: 'hi' }))).not.toHaveProperty('raw')
  for (const item of [found, unknown]) {
    const raw = item !== undefined && 'raw' in item ? item.raw : null
    const again = read({ stream: 'reread', key: 'r', body: JSON.stringify([raw]) }, facts)
    expect(again.items).toEqual([item])
  }
})
