import { expect, test } from 'vitest'
import { api, type Operation } from './api.ts'

test('what only an admin may do is open to keys with the scope of the settings alone', () => {
  const lesser = Object.entries<Operation>(api).filter(([, { access, scope = 'settings' }]) => access === 'admin' && scope !== 'settings')
  expect(lesser).toEqual([])
})
