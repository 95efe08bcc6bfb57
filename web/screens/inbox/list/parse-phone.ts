/** A number as people write it, with its country code, as the server takes it; nothing when it cannot be one. */
export function parsePhone(text: string): string | undefined {
  const bare = text.trim().replaceAll(/[\s().\-–]/g, '')
  const number = bare.startsWith('00') ? `+${bare.slice(2)}` : bare.startsWith('+') ? bare : `+${bare}`
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : undefined
}
