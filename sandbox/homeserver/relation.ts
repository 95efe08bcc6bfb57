import type { Json } from './state.ts'

/** How an event relates to another; undefined when it does not. A plain reply is no relation in this sense. */
export type Relation = { type: string; parent: string; key: string | undefined }

/** Reads `m.relates_to`; undefined unless it names both a kind and an event. */
export function relationOf(content: Json): Relation | undefined {
  const relation = content['m.relates_to']
  if (typeof relation !== 'object' || relation === null) return undefined
  const { rel_type: type, event_id: parent, key } = relation as { rel_type?: unknown; event_id?: unknown; key?: unknown }
  if (typeof type !== 'string' || typeof parent !== 'string') return undefined
  return { type, parent, key: typeof key === 'string' ? key : undefined }
}
