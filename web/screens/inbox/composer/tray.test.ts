import { expect, test } from 'vitest'
import { changed, moved, withFiles } from './tray.ts'

let ids = 0
const newId = () => `k${++ids}`
const file = (name: string) => new File([], name)
const names = (tray: ReturnType<typeof withFiles>) => tray.map((one) => one.file.name).join('')

test('files are put after those that wait, moved by one, and never over an end', () => {
  const tray = withFiles(withFiles([], [file('a'), file('b')], newId), [file('c')], newId)
  expect(names(tray)).toBe('abc')
  const [a, , c] = tray
  expect(names(moved(tray, a?.key ?? '', 1))).toBe('bac')
  expect(names(moved(tray, c?.key ?? '', -1))).toBe('acb')
  expect(moved(tray, a?.key ?? '', -1)).toBe(tray)
  expect(moved(tray, c?.key ?? '', 1)).toBe(tray)
  expect(moved(tray, 'gone', 1)).toBe(tray)
})

test('words are kept with their file', () => {
  const tray = withFiles([], [file('a'), file('b')], newId)
  const [, b] = tray
  expect(changed(tray, b?.key ?? '', { caption: 'two' }).map(({ caption }) => caption)).toEqual(['', 'two'])
})

test('no more than thirty wait', () => {
  const many = Array.from({ length: 40 }, (_, at) => file(String(at)))
  expect(withFiles([], many, newId)).toHaveLength(30)
})
