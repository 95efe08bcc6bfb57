import { expect, test } from 'vitest'
import type { TemplateComponent, TemplateUse } from './template.ts'
import { fillTemplate } from './fill-template.ts'

const part = (name: TemplateComponent['part'], text: string, variables: string[] = [], more: Partial<TemplateComponent> = {}) =>
  ({ part: name, format: 'text', text, variables, ...more }) as TemplateComponent
const order = [part('header', 'Order {{1}}', ['1']), part('body', 'Hello {{1}}, {{2}} is ready', ['1', '2']), part('footer', 'Shop')]
const named = [part('body', 'Hello {{name}}, see you {{ day }}', ['name', 'day'])]
const buttons = [
  part('body', 'Ready'),
  part('button', 'Yes', [], { format: 'quick_reply' }),
  part('button', 'Track', ['1'], { format: 'url', target: 'https://x.org/{{1}}' }),
  part('button', 'Call', [], { format: 'phone_number' }),
]
const use = (more: Partial<TemplateUse>): TemplateUse => ({ name: 'x', language: 'en', ...more })

test.each([
  ['counted', order, { header: ['7'], body: ['Olena', 'it'] }, 'Order 7\n\nHello Olena, it is ready\n\nShop', []],
  ['named', named, { body: { name: 'Olena', day: 'today' } }, 'Hello Olena, see you today', []],
  ['a value that looks like a variable', named, { body: { name: '{{day}}', day: 'today' } }, 'Hello {{day}}, see you today', []],
  ['too few', order, { header: ['7'], body: ['Olena'] }, undefined, ['/template/body required']],
  ['too many', order, { header: ['7', '8'], body: ['a', 'b'] }, undefined, ['/template/header unexpected']],
  [
    'another name',
    named,
    { body: { name: 'Olena', time: 'x' } },
    undefined,
    ['/template/body/day required', '/template/body/time unexpected'],
  ],
  ['buttons', buttons, { buttons: ['YES', '42', null] }, 'Ready', []],
  ['a quick reply without its answer', buttons, { buttons: [null, '42'] }, 'Ready', []],
  ['an address without its end', buttons, {}, undefined, ['/template/buttons/1 required']],
  ['a button that takes nothing', buttons, { buttons: [null, '42', '+380'] }, undefined, ['/template/buttons/2 unexpected']],
  ['more buttons than there are', buttons, { buttons: [null, '42', null, 'x'] }, undefined, ['/template/buttons unexpected']],
] as const)('%s', (_, components, given, text, wrong) => {
  const filled = fillTemplate({ components: [...components] }, use(given as Partial<TemplateUse>))
  expect(filled.wrong.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(wrong)
  expect(wrong.length > 0 ? undefined : filled.text).toBe(text)
})

test('a header that is a file or a place says so', () => {
  expect(fillTemplate({ components: [part('header', '', [], { format: 'image' })] }, use({}))).toMatchObject({
    file: 'image',
    place: false,
  })
  expect(fillTemplate({ components: [part('header', '', [], { format: 'location' })] }, use({}))).toMatchObject({ place: true })
})
