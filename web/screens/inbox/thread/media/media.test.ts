import { expect, test } from 'vitest'
import { barsOf, pathOf } from './waveform.ts'
import { LARGEST, moveBy, whole, zoomAt } from './zoom.ts'

test.each([
  [undefined, [18, 18, 18, 18]],
  [[], [18, 18, 18, 18]],
  [
    [0, 100],
    [0, 0, 100, 100],
  ],
  [
    [1, 2, 3, 4, 5, 6, 7, 80],
    [2, 4, 6, 80],
  ],
  [
    [-5, 300, 50, 60],
    [0, 100, 50, 60],
  ],
])('loudness %j as four bars is %j', (loudness, bars) => {
  expect(barsOf(loudness, 4)).toEqual(bars)
})

test('bars stand about the middle, and the quietest can still be seen', () => {
  expect(pathOf([0, 100], 20)).toBe('M1.5 9.0v2.0M4.5 1.0v18.0')
})

test('what is under the pointer stays there while it is enlarged, and nothing is smaller than the whole', () => {
  const view = zoomAt(whole, 2, { x: 100, y: -50 })
  expect(view).toEqual({ scale: 2, x: -100, y: 50 })
  expect(zoomAt(view, 0.5, { x: 100, y: -50 })).toEqual(whole)
  expect(zoomAt(view, 0.1, { x: 0, y: 0 })).toEqual(whole)
  expect(zoomAt(view, 99, { x: 0, y: 0 }).scale).toBe(LARGEST)
})

test('a picture is moved as far as there is more of it', () => {
  const shown = { width: 800, height: 400 }
  const frame = { width: 1000, height: 600 }
  expect(moveBy(whole, 50, 50, shown, frame)).toEqual(whole)
  expect(moveBy({ ...whole, scale: 2 }, -9_999, 9_999, shown, frame)).toEqual({ scale: 2, x: -300, y: 100 })
})
