/** A registration file as a plain object (protocol/homeserver.md 3.1); unknown keys are ignored. */
export type Registration = {
  id: string
  url: string | null
  as_token: string
  hs_token: string
  sender_localpart: string
  namespaces: { users?: { exclusive: boolean; regex: string }[] }
  rate_limited?: boolean
  receive_ephemeral?: boolean
  'de.sorunome.msc2409.push_ephemeral'?: boolean
}

/** An application service as the homeserver knows it. */
export type Appservice = {
  id: string
  url: string | null
  asToken: string
  hsToken: string
  sender: string
  rateLimited: boolean
  ephemeral: boolean
  unstableEphemeral: boolean
  isInterestedInUser(userId: string): boolean
  isExclusiveUser(userId: string): boolean
}

/** Reads registrations; what would keep a real homeserver from starting throws (missing keys, the same id or as_token twice). */
export function parseRegistrations(registrations: readonly Registration[], serverName: string): Appservice[] {
  const services = registrations.map((registration) => parseRegistration(registration, serverName))
  for (const key of ['id', 'asToken'] as const) {
    if (new Set(services.map((service) => service[key])).size !== services.length) throw new Error(`two registrations have the same ${key}`)
  }
  return services
}

function parseRegistration(registration: Registration, serverName: string): Appservice {
  for (const key of ['id', 'as_token', 'hs_token', 'sender_localpart'] as const) {
    if (typeof registration[key] !== 'string') throw new Error(`a registration lacks ${key}`)
  }
  if (registration.url !== null && typeof registration.url !== 'string') throw new Error('url must be a string or null')
  if (encodeURIComponent(registration.sender_localpart) !== registration.sender_localpart) {
    throw new Error('sender_localpart needs characters which are not URL encoded')
  }
  const sender = `@${registration.sender_localpart}:${serverName}`
  const users = (registration.namespaces.users ?? []).map(({ exclusive, regex }) => {
    if (typeof exclusive !== 'boolean') throw new Error('a namespace lacks exclusive')
    return { exclusive, pattern: new RegExp(`^(?:${regex})`) }
  })
  return {
    id: registration.id,
    url: registration.url?.replace(/\/+$/, '') ?? null,
    asToken: registration.as_token,
    hsToken: registration.hs_token,
    sender,
    rateLimited: registration.rate_limited ?? true,
    ephemeral: registration.receive_ephemeral ?? false,
    unstableEphemeral: registration['de.sorunome.msc2409.push_ephemeral'] ?? false,
    isInterestedInUser: (userId) => userId === sender || users.some(({ pattern }) => pattern.test(userId)),
    isExclusiveUser: (userId) => userId === sender || users.some(({ exclusive, pattern }) => exclusive && pattern.test(userId)),
  }
}
