import type { Json } from './state.ts'

const kept: Record<string, readonly string[]> = {
  'm.room.member': ['membership', 'join_authorised_via_users_server'],
  'm.room.join_rules': ['join_rule', 'allow'],
  'm.room.power_levels': ['ban', 'events', 'events_default', 'invite', 'kick', 'redact', 'state_default', 'users', 'users_default'],
  'm.room.history_visibility': ['history_visibility'],
  'm.room.redaction': ['redacts'],
}

/** What a redaction leaves of an event's content (room versions 11 and 12). */
export function redactedContent(type: string, content: Json): Json {
  if (type === 'm.room.create') return content
  const out: Json = {}
  for (const key of kept[type] ?? []) {
    if (key in content) out[key] = content[key]
  }
  return out
}
