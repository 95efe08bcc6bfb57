import type { CloudRoad } from '../cloud-setup.ts'
import type { Facts, Json, Parsed, RawBatch } from '../provider.ts'
import { heardKey, numberKey } from './reading/facts.ts'
import { factKeys, parse } from './reading/parse.ts'

/** What tests of the mapping share: an account, its number, somebody who writes, and how a delivery is put together. */
export const road: CloudRoad = {
  graphUrl: 'https://graph.example',
  mediaOrigins: ['https://files.example'],
  graphVersion: 'v25.0',
  businessAccountId: '102290129340398',
  accessToken: 'EAAtoken',
  appSecrets: ['app secret'],
  verifyToken: 'verify me',
}
export const waba = road.businessAccountId
export const number = '106540352242922'
export const ourPhone = '15550783881'
export const olena = { wa_id: '380671234567', user_id: 'UA.13491208655302741918', profile: { name: 'Olena' } }
export const when = '1764000000'
export const at = '2025-11-24T16:00:00.000Z'
export const windowUntil = '2025-11-25T16:00:00.000Z'

export const attached: Readonly<Record<string, Json>> = { [numberKey(number)]: { account: waba }, [heardKey(waba)]: true }

export const metadata = { display_phone_number: ourPhone, phone_number_id: number }

/** A value of the field `messages` or one like it. */
export function value(more: object): object {
  return { messaging_product: 'whatsapp', metadata, ...more }
}

export function delivery(...changes: readonly { field?: string; value: unknown }[]): RawBatch {
  const all = changes.map((change) => ({ field: change.field ?? 'messages', value: change.value }))
  return { stream: 'webhook', key: 'k', body: JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: waba, changes: all }] }) }
}

/** A message from Olena. */
export function from(message: object): { value: object } {
  const all = { from: olena.wa_id, from_user_id: olena.user_id, id: 'wamid.in', timestamp: when, ...message }
  return { value: value({ contacts: [olena], messages: [all] }) }
}

/** A reading with a memory, as the inbox has one. */
export function reader(facts: Readonly<Record<string, Json>> = attached): {
  read(batch: RawBatch): Parsed
  readonly facts: Map<string, Json>
} {
  const stored = new Map(Object.entries(facts))
  return {
    facts: stored,
    read(batch) {
      const known = new Map<string, Json>()
      for (let asked = 0; ;) {
        const keys = factKeys(waba, batch, known)
        for (const key of keys) if (stored.has(key)) known.set(key, stored.get(key) as Json)
        if (known.size === asked) break
        asked = known.size
      }
      const parsed = parse(waba, batch, known as Facts)
      for (const { key, value: told } of parsed.facts) {
        if (told === null) stored.delete(key)
        else stored.set(key, told)
      }
      return parsed
    },
  }
}
