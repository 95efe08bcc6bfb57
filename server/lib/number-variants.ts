/**
 * The other ways in which the same phone may be written, `+` and digits, in countries that have changed their numbers: Brazil's ninth digit of
 * mobile phones, Mexico's 1 and Argentina's 9 after the country. Only to find people by, never to write to (`protocol/meta.md` 3.7).
 */
export function variantsOf(phone: string): readonly string[] {
  return rules.flatMap(([pattern, other]) => (pattern.test(phone) ? [phone.replace(pattern, other)] : []))
}

const rules: readonly (readonly [RegExp, string])[] = [
  // Landlines begin with 2 to 5 and never gain a 9.
  [/^\+55(\d\d)9([6-9]\d{7})$/, '+55$1$2'],
  [/^\+55(\d\d)([6-9]\d{7})$/, '+55$19$2'],
  [/^\+521(\d{10})$/, '+52$1'],
  [/^\+52([2-9]\d{9})$/, '+521$1'],
  [/^\+549(\d{10})$/, '+54$1'],
  [/^\+54([1-8]\d{9})$/, '+549$1'],
]
