/** A random name of 128 bits. `crypto.randomUUID` is missing on plain http, where this still works. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
