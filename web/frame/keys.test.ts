import { expect, test } from 'vitest'
import { commandOf, type KeyPress } from './keys.ts'

const press = (key: string, code: string, mods = ''): KeyPress => ({
  key,
  code,
  ctrlKey: mods.includes('c'),
  metaKey: mods.includes('m'),
  altKey: mods.includes('a'),
  shiftKey: mods.includes('s'),
})
const outside = { isInField: false, single: true }

test.each([
  ['J', press('j', 'KeyJ'), 'next'],
  ['J on a Ukrainian layout', press('о', 'KeyJ'), 'next'],
  ['K', press('k', 'KeyK'), 'previous'],
  ['Ctrl K', press('k', 'KeyK', 'c'), 'palette'],
  ['Ctrl K on a Ukrainian layout', press('л', 'KeyK', 'c'), 'palette'],
  ['⌘ K', press('k', 'KeyK', 'm'), 'palette'],
  ['K where Dvorak has it', press('k', 'KeyV'), 'previous'],
  ['what Dvorak writes at the place of K', press('t', 'KeyK'), undefined],
  ['Ctrl Shift K', press('K', 'KeyK', 'cs'), undefined],
  ['Ctrl .', press('ю', 'Period', 'c'), 'emoji'],
  ['Alt ↓', press('ArrowDown', 'ArrowDown', 'a'), 'next'],
  ['Alt ↑', press('ArrowUp', 'ArrowUp', 'a'), 'previous'],
  ['Shift J', press('О', 'KeyJ', 's'), 'nextUnread'],
  ['Shift E', press('E', 'KeyE', 's'), undefined],
  ['/', press('/', 'Slash'), 'search'],
  ['/ on a Ukrainian layout', press('.', 'Slash'), 'search'],
  ['/ on a German layout', press('/', 'Digit7', 's'), 'search'],
  ['- on a German layout', press('-', 'Slash'), undefined],
  ['?', press('?', 'Slash', 's'), 'keys'],
  ['? on a Ukrainian layout', press('?', 'Digit7', 's'), 'keys'],
  ['F3', press('F3', 'F3'), 'olderHit'],
  ['Shift F3', press('F3', 'F3', 's'), 'newerHit'],
  ['End', press('End', 'End'), 'latest'],
  ['Enter', press('Enter', 'Enter'), undefined],
  ['a digit', press('1', 'Digit1'), undefined],
])('%s', (_, pressed, command) => expect(commandOf(pressed, outside)).toBe(command))

test.each([
  ['in a field', { isInField: true, single: true }],
  ['switched off', { isInField: false, single: false }],
])('single keys do nothing %s, those with Ctrl and Alt do', (_, where) => {
  for (const single of [press('j', 'KeyJ'), press('/', 'Slash'), press('?', 'Slash', 's'), press('End', 'End')]) {
    expect(commandOf(single, where)).toBeUndefined()
  }
  expect(commandOf(press('л', 'KeyK', 'c'), where)).toBe('palette')
  expect(commandOf(press('ArrowUp', 'ArrowUp', 'a'), where)).toBe('previous')
})
