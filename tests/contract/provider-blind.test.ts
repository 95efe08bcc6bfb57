import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Conversation } from '../../contract/conversation.ts'
import { Event } from '../../contract/event.ts'
import { Message } from '../../contract/message.ts'

const roads = /matrix|cloud|meta(?!data|Key)|graph(?!eme)|provider/i

test.each([...globSync('web/{data,screens/inbox}/**/*.{ts,tsx}'), 'contract/message.ts', 'contract/conversation.ts', 'contract/event.ts'])(
  '%s does not know which road a message took',
  (file) => {
    const code = readFileSync(file, 'utf8').replaceAll(/\/\*\*?[\s\S]*?\*\/|\/\/.*|'\/[^']*'/g, '')
    expect(code.match(roads)?.[0]).toBeUndefined()
  },
)

test('no message, conversation or event has a field that tells the road', () => {
  // An error code may say that "the provider" refused; a field or value that says which one it was may not be there.
  const told = /"provider"|"road"|matrix|cloud|graph/i
  for (const schema of [Message, Conversation, Event]) expect(JSON.stringify(schema).match(told)?.[0]).toBeUndefined()
})
