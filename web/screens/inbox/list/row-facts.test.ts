import { expect, test } from 'vitest'
import { badge, shownLabels, windowLeft } from './row-facts.ts'

const now = Date.parse('2026-11-23T10:00:00Z')

test.each([
  [undefined, undefined],
  ['2026-11-23T12:00:00Z', undefined],
  ['2026-11-23T11:59:00Z', 119 * 60_000],
  ['2026-11-23T10:00:01Z', 1000],
  ['2026-11-23T10:00:00Z', undefined],
  ['2026-11-22T10:00:00Z', undefined],
])('a window that closes at %s has %s left to worry about', (window_closes_at, left) => {
  expect(windowLeft(window_closes_at === undefined ? {} : { window_closes_at }, now)).toBe(left)
})

test.each([
  [[], [], 0],
  [['a', 'b'], ['a', 'b'], 0],
  [['a', 'b', 'c', 'd'], ['a', 'b'], 2],
])('of the labels %j there stand %j and %d more', (labels, shown, more) => {
  expect(shownLabels(labels)).toEqual({ shown, more })
})

test.each([
  [1, '1'],
  [99, '99'],
  [100, '99+'],
])('%d unread is %s', (count, text) => expect(badge(count)).toBe(text))
