import { parsePhone } from '../phone/numbers.ts'
import type { Network } from '../phone/network.ts'
import type { Chat } from '../phone/types.ts'

/** A bad request; the sentence names the field. */
export class BadRequest extends Error {}

/** A request body of which nothing is known yet. */
export type Body = { [key: string]: unknown }

/** The body as an object; an absent one is empty. */
export function bodyOf(value: unknown): Body {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw new BadRequest('body: a JSON object is expected')
  return value as Body
}

/** A phone number in digits, from a path or a field. */
export function phoneIn(value: unknown, field: string): string {
  const phone = parsePhone(value)
  if (phone === undefined) throw new BadRequest(`${field}: an international phone number is expected, such as +380501234567`)
  return phone
}

export function textIn(body: Body, field: string): string {
  const value = body[field]
  if (typeof value !== 'string' || value === '') throw new BadRequest(`${field}: a text is expected`)
  return value
}

export function optionalText(body: Body, field: string): string | undefined {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new BadRequest(`${field}: a text is expected`)
  return value
}

export function optionalNumber(body: Body, field: string): number | undefined {
  const value = body[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new BadRequest(`${field}: a number is expected`)
  return value
}

export function numberIn(body: Body, field: string): number {
  const value = optionalNumber(body, field)
  if (value === undefined) throw new BadRequest(`${field}: a number is expected`)
  return value
}

export function flagIn(body: Body, field: string, otherwise: boolean): boolean {
  const value = body[field] ?? otherwise
  if (typeof value !== 'boolean') throw new BadRequest(`${field}: true or false is expected`)
  return value
}

export function listIn(body: Body, field: string): unknown[] {
  const value = body[field]
  if (!Array.isArray(value)) throw new BadRequest(`${field}: a list is expected`)
  return value
}

/** The chat that a body names: `group`, or the other phone as `to`, `from` or `with`. */
export function chatIn(network: Network, body: Body): Chat {
  const chat = optionalChat(network, body)
  if (chat === undefined) throw new BadRequest('to: the number of the other side is expected, or group: the id of a group')
  return chat
}

export function optionalChat(network: Network, body: Body): Chat | undefined {
  const group = optionalText(body, 'group')
  if (group !== undefined) {
    if (!network.state.groups.has(group)) throw new BadRequest('group: there is no such group')
    return { group }
  }
  const field = ['to', 'from', 'with'].find((name) => body[name] !== undefined)
  return field === undefined ? undefined : { peer: phoneIn(body[field], field) }
}
