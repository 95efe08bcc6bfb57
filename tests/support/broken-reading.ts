import type { Json, Parsed } from '../../server/providers/provider.ts'
import { attached, number, olena, reader, waba } from '../../server/providers/cloud/testing.ts'
import { isNode } from './any-delivery.ts'

const facts: Readonly<Record<string, Json>> = {
  ...attached,
  [`chat:${waba}:${olena.user_id}`]: { phone: `+${olena.wa_id}`, user_id: olena.user_id, numbers: [number] },
}

/** What is read from the text of a broken delivery, and what is wrong with that; it throws where the reading throws. */
export function readBroken(text: string): { readonly items: Parsed['items']; readonly wrong: readonly string[] } {
  const read = () => reader(facts).read({ stream: 'webhook', key: 'k', body: text })
  const { items, ...rest } = read()
  const written = JSON.stringify(items)
  const lost = idsIn(JSON.parse(text)).filter((id) => !written.includes(JSON.stringify(id).slice(1, -1)))
  // What was put aside comes back as what it is.
  const aside = items.flatMap((item) => (item.type === 'dead' || item.type === 'deferred' ? [item.raw] : []))
  const back = reader(facts).read({ stream: 'deferred', key: 'k', body: JSON.stringify(aside) }).items
  const wrong = [
    ...lost.map((id) => `lost ${id}`),
    // Compared as texts, which is quick.
    ...(JSON.stringify(read()) === JSON.stringify({ items, ...rest }) ? [] : ['read otherwise']),
    ...(JSON.stringify(JSON.parse(written)) === written ? [] : ['no JSON']),
    ...(back.length >= aside.length ? [] : ['what was put aside does not come back']),
  ]
  return { items, wrong }
}

/** The ids of what is still where messages and statuses stand. */
function idsIn(body: unknown): readonly string[] {
  const many = (one: unknown): unknown[] => (Array.isArray(one) ? one : one === undefined || one === null ? [] : [one])
  const get = (one: unknown, key: string): unknown => (isNode(one) && !Array.isArray(one) ? one[key] : undefined)
  const values = many(get(body, 'entry')).flatMap((entry) => many(get(entry, 'changes')).map((change) => get(change, 'value')))
  const history = values.flatMap((one) => many(get(one, 'history'))).flatMap((one) => many(get(one, 'threads')))
  const told = [
    ...values.flatMap((one) => ['messages', 'message_echoes', 'statuses'].flatMap((part) => many(get(one, part)))),
    ...history.flatMap((thread) => many(get(thread, 'messages'))),
  ]
  return told.map((one) => get(one, 'id')).filter((id): id is string => typeof id === 'string' && id !== '')
}
