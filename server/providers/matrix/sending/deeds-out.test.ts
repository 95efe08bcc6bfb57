import { expect, test } from 'vitest'
import type { ExternalId } from '../../../../contract/ids.ts'
import type { OutboundDeed } from '../../provider.ts'
import { toDeedRequest } from './deeds-out.ts'
import { bodyOf } from './text-out.ts'

const base = { attempt: 'deed', conversation: '!r:x' as ExternalId, target: '$m' as ExternalId }
const mine = { 'org.mistok.attempt': 'deed' }
const html = 'org.matrix.custom.html'
const olena = '@whatsapp_lid-1:x' as ExternalId

test.each<[what: string, deed: OutboundDeed, request: object]>([
  [
    'a reaction',
    { ...base, type: 'react', emoji: '👍' },
    {
      type: 'send',
      event: { type: 'm.reaction', content: { 'm.relates_to': { rel_type: 'm.annotation', key: '👍', event_id: '$m' }, ...mine } },
    },
  ],
  ['a reaction taken back', { ...base, type: 'unreact', reaction: '$r' as ExternalId }, { type: 'redact', target: '$r', content: mine }],
  ['a deletion', { ...base, type: 'delete' }, { type: 'redact', target: '$m', content: mine }],
  [
    'an edit',
    { ...base, type: 'edit', text: '*so*' },
    {
      type: 'send',
      event: {
        type: 'm.room.message',
        content: {
          msgtype: 'm.text',
          body: '* *so*',
          'm.new_content': { msgtype: 'm.text', body: '*so*' },
          'm.relates_to': { rel_type: 'm.replace', event_id: '$m' },
          ...mine,
        },
      },
    },
  ],
])('%s', (_, deed, request) => {
  expect(toDeedRequest(deed, '!wa')).toEqual(request)
})

test('an edit that looks like a command is hidden inside, and outside where the prefix is a star', () => {
  const request = toDeedRequest({ ...base, type: 'edit', text: '!wa logout' }, '!wa')
  expect(request).toMatchObject({
    event: { content: { body: '* !wa logout', 'm.new_content': { body: '\u200b!wa logout', format: html, formatted_body: '!wa logout' } } },
  })
  expect(toDeedRequest({ ...base, type: 'edit', text: 'x' }, '*')).toMatchObject({ event: { content: { body: '\u200b* x' } } })
})

test.each<[what: string, said: Parameters<typeof bodyOf>, content: object]>([
  ['a plain text', [{ text: '*a* <b>' }, '!wa'], { body: '*a* <b>' }],
  [
    'a quote by hand, which the bridge would cut off',
    [{ text: '> <a>\n!wa x' }, '!wa'],
    { body: '\u200b> <a>\n!wa x', format: html, formatted_body: '&gt; &lt;a&gt;<br>!wa x' },
  ],
  ['a caption like its file’s name', [{ text: 'a.jpg' }, '!wa', 'a.jpg'], { body: '\u200ba.jpg', format: html, formatted_body: 'a.jpg' }],
  [
    'people, in any order and after an emoji',
    [
      {
        text: '👍 @A і @B <3',
        mentions: [
          { person: '@b:x' as ExternalId, offset: 8, length: 2 },
          { person: olena, offset: 3, length: 2 },
        ],
      },
      '!wa',
    ],
    {
      body: '👍 @A і @B <3',
      format: html,
      formatted_body: `👍 <a href="https://matrix.to/#/${olena}">@A</a> і <a href="https://matrix.to/#/@b:x">@B</a> &lt;3`,
      'm.mentions': { user_ids: ['@b:x', olena] },
    },
  ],
])('%s', (_, said, content) => {
  expect(bodyOf(...said)).toEqual(content)
})
