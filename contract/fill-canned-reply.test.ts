import { expect, test } from 'vitest'
import { type CannedValues, cannedVariables, fillCannedReply } from './fill-canned-reply.ts'

const values: CannedValues = {
  contact: { name: 'Олена $& {{agent.name}}', phone: '+380501112233' },
  agent: { name: 'Тарас' },
  channel: { name: 'Крамниця' },
}

test.each([
  ['Вітаю!', 'Вітаю!', []],
  ['{{agent.name}}, {{ channel.name }}', 'Тарас, Крамниця', []],
  // What somebody calls themselves is no template.
  ['Вітаю, {{contact.name}}!', 'Вітаю, Олена $& {{agent.name}}!', []],
  [
    '{{contact.city}} {{contact.city}} {{}} {{toString}}',
    '{{contact.city}} {{contact.city}} {{}} {{toString}}',
    ['contact.city', '', 'toString'],
  ],
  ['{contact.name} {{contact.name', '{contact.name} {{contact.name', []],
  ['{{{agent.name}}}', '{Тарас}', []],
])('%s', (text, filled, missing) => {
  expect(fillCannedReply(text, values)).toEqual({ text: filled, missing })
})

test('what is not known is left to be seen', () => {
  for (const name of cannedVariables) {
    expect(fillCannedReply(`{{${name}}}`, values).missing).toEqual([])
    for (const none of [{}, { contact: { name: '', phone: undefined }, agent: {}, channel: { name: '' } }])
      expect(fillCannedReply(`{{${name}}}`, none)).toEqual({ text: `{{${name}}}`, missing: [name] })
  }
})
