import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./styles.css', import.meta.url), 'utf8')

const tokens = new Map(
  [...css.matchAll(/--color-([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name = '', light = '', dark = '']) => [
    name,
    { light, dark },
  ]),
)

const texts = {
  fg: ['bg', 'surface', 'surface2', 'hover', 'out', 'note', 'mark'],
  muted: ['bg', 'surface', 'surface2', 'hover', 'out', 'note'],
  brand: ['bg', 'surface', 'surface2', 'out', 'note'],
  onbrand: ['brand'],
  danger: ['bg', 'surface', 'surface2', 'hover', 'out', 'note'],
  ondanger: ['danger'],
  warn: ['bg', 'surface', 'surface2', 'hover', 'out'],
  tick: ['surface', 'surface2', 'hover', 'out'],
  bg: ['fg'],
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((number) => [`name${number}`, ['surface', 'surface2']])),
}
const colours = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'grey'].map((name) => [
  `label-${name}`,
  ['surface', 'surface2', 'hover'],
])
const controls = { control: ['bg', 'surface', 'surface2'], brand: ['bg', 'surface', 'out'], ...Object.fromEntries(colours) }

/** WCAG 2.2: relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const channel = (at: number) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    }
    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
  }
  const [high = 0, low = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

const pairs = (table: Record<string, readonly string[]>, least: number) =>
  Object.entries(table).flatMap(([front, backs]) =>
    backs.flatMap((back) => (['light', 'dark'] as const).map((theme) => [front, back, theme, least] as const)),
  )

test.each([...pairs(texts, 4.5), ...pairs(controls, 3)])('%s on %s, %s: at least %d', (front, back, theme, least) => {
  const [one, other] = [tokens.get(front)?.[theme], tokens.get(back)?.[theme]]
  expect(contrast(one ?? '', other ?? '')).toBeGreaterThanOrEqual(least)
})
