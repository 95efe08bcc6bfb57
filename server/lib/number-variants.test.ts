import { expect, test } from 'vitest'
import { variantsOf } from './number-variants.ts'

test.each([
  ['+5511987654321', ['+551187654321']],
  ['+551187654321', ['+5511987654321']],
  ['+551132654321', []],
  ['+5215512345678', ['+525512345678']],
  ['+525512345678', ['+5215512345678']],
  ['+5491123456789', ['+541123456789']],
  ['+541123456789', ['+5491123456789']],
  ['+380501112233', []],
  ['', []],
])('%s is also written %j', (phone, others) => {
  expect(variantsOf(phone)).toEqual(others)
  for (const other of others) expect(variantsOf(other)).toContain(phone)
})
