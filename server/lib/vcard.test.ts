import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isVcard, readVcards } from './vcard.ts'

const card = (...lines: string[]) => ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD'].join('\r\n')

test.each([
  [
    'a number of WhatsApp',
    card('FN:Ihor', 'TEL;type=CELL;waid=380509876543:+380 50 987-65-43'),
    [{ name: 'Ihor', phones: ['+380509876543'] }],
  ],
  ['a phone as typed', card('FN:Shop', 'TEL;TYPE=WORK:044 123 45 67'), [{ name: 'Shop', phones: ['044 123 45 67'] }]],
  ['groups and addresses', card('item1.FN:Shop', 'item2.TEL;VALUE=uri:tel:+380441234567'), [{ name: 'Shop', phones: ['+380441234567'] }]],
  ['folded lines', card('FN:Olena', ' Koval', 'TEL:1', ' 2345'), [{ name: 'OlenaKoval', phones: ['12345'] }]],
  ['names in parts', card('N:Коваль;Олена;;;', 'TEL:1'), [{ name: 'Олена Коваль', phones: ['1'] }]],
  ['escaped signs', card('FN:Koval\\, Olena\\; sales', 'TEL:1'), [{ name: 'Koval, Olena; sales', phones: ['1'] }]],
  ['quoted octets', card('FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9E=D0=BB=', '=D1=8F', 'TEL:1'), [{ name: 'Оля', phones: ['1'] }]],
  ['no phone', card('FN:Nobody'), [{ name: 'Nobody', phones: [] }]],
  ['a company', card('ORG:Paint Ltd', 'TEL:1'), [{ name: 'Paint Ltd', phones: ['1'] }]],
  [
    'several',
    `${card('FN:A', 'TEL:1')}\r\n${card('FN:B', 'TEL:2')}`,
    [
      { name: 'A', phones: ['1'] },
      { name: 'B', phones: ['2'] },
    ],
  ],
  ['the same phone twice', card('FN:A', 'TEL:1', 'TEL:1'), [{ name: 'A', phones: ['1'] }]],
  ['nothing of the kind', 'hello', []],
  ['half a card', 'BEGIN:VCARD\r\nFN:A', []],
])('%s', (_, text, people) => {
  expect(readVcards(text)).toEqual(people)
})

test('contact cards are told by their type', () => {
  expect(['text/vcard', 'text/x-vcard; charset=utf-8', 'TEXT/VCARD', 'text/plain'].map(isVcard)).toEqual([true, true, true, false])
})

test('whatever the file says, what comes out is a contact card', () => {
  const line = fc.oneof(
    fc.constantFrom('BEGIN:VCARD', 'END:VCARD', 'FN:', 'TEL;waid=1:', 'TEL;"', 'N:;;', '='),
    fc.string({ maxLength: 300 }),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      for (const { name, phones } of readVcards(lines.join('\r\n'))) {
        expect(name.length).toBeGreaterThan(0)
        expect(name.length).toBeLessThanOrEqual(256)
        expect(phones.every((phone) => phone.length <= 32)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
