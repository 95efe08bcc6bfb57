/**
 * A phone number as it is kept: `+` and the digits of E.164. Undefined for what is no international number; national ones (`050…`) are
 * nobody's, as their country is not known.
 */
export function readPhone(text: string): string | undefined {
  const digits = text.replaceAll(/[\s().+-]/g, '').replace(/^00/, '')
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined
}
