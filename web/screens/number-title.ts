import type { Channel } from '../../contract/channel.ts'

/** A number as it is called, with the number itself; one that nobody has named is called by its number. */
export function numberTitle({ name, phone }: Pick<Channel, 'name' | 'phone'>): string {
  return name === '' || name === phone ? phone : `${name} ${phone}`
}
