import { matrixChecks } from './checks-uk-matrix.ts'
import { otherChecks } from './checks-uk-rest.ts'
import type { Check } from './settings.ts'

/** A sentence with places for what it names, as it is recognised. */
interface Rule {
  readonly pattern: RegExp
  readonly ukrainian: string
}

const rules: readonly Rule[] = [...matrixChecks, ...otherChecks]
  // Those that say more come first: `{0} is {1}.` would take many others in.
  .toSorted(([one], [other]) => plainLength(other) - plainLength(one))
  .map(([english, ukrainian]) => ({ pattern: patternOf(english), ukrainian }))

/** The check in another tongue. What we have no words for (what a homeserver said itself) stays as it is. */
export function checkIn(language: 'en' | 'uk', check: Check): Check {
  if (language === 'en') return check
  return { ...check, detail: inUkrainian(check.detail), ...(check.fix === undefined ? {} : { fix: inUkrainian(check.fix) }) }
}

/** A sentence of a check; one within another is told in Ukrainian too. */
function inUkrainian(english: string): string {
  for (const { pattern, ukrainian } of rules) {
    const found = pattern.exec(english)
    if (found) return ukrainian.replaceAll(/\{(\d)\}/g, (_, place: string) => inUkrainian(found[Number(place) + 1] ?? ''))
  }
  return english
}

function patternOf(english: string): RegExp {
  const parts = english.split(/\{\d\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('([^]+?)')}$`)
}

function plainLength(english: string): number {
  return english.replaceAll(/\{\d\}/g, '').length
}
