import { expect, test } from 'vitest'
import { linePath } from './sparkline.tsx'

test.each([
  [[0, 0, 0], 'M0 23L48 23L96 23'],
  [[0, 10, 5], 'M0 23L48 1L96 12'],
  [[4, 4], 'M0 1L96 1'],
])('the line through %j', (values, path) => {
  expect(linePath(values)).toBe(path)
})
