/** What an application service's file says, in the homeserver's own words (protocol/homeserver.md 3.1). */
export interface Registration {
  readonly id: string
  /** Where the homeserver pushes to; null for a registration that only lends its token. */
  readonly url: string | null
  readonly as_token: string
  readonly hs_token: string
  readonly sender_localpart: string
  readonly rate_limited: boolean
  readonly receive_ephemeral: boolean
  readonly 'de.sorunome.msc2409.push_ephemeral': boolean
  readonly namespaces: {
    readonly users: { readonly exclusive: boolean; readonly regex: string }[]
    readonly aliases: never[]
    readonly rooms: never[]
  }
}

export interface RegistrationInput {
  readonly id: string
  readonly userPrefix: string
  readonly serverName: string
  /** Our own address as the homeserver reaches it. */
  readonly url: string
  readonly asToken: string
  readonly hsToken: string
  readonly doublePuppetToken: string
  /** Never used by anybody, as nothing is pushed there; the file must name one. */
  readonly doublePuppetHsToken: string
}

/**
 * Our own registration, exclusive over our accounts, and the one whose token the bridge gets so that it can speak as them:
 * of its own, so that it can be taken back alone (settled.md 19).
 */
export function registrationsOf(input: RegistrationInput): { readonly appservice: Registration; readonly doublePuppet: Registration } {
  const regex = `^@${escaped(input.userPrefix)}.*:${escaped(input.serverName)}$`
  const both = { rate_limited: false }
  return {
    appservice: {
      ...both,
      id: input.id,
      url: input.url.replace(/\/+$/, ''),
      as_token: input.asToken,
      hs_token: input.hsToken,
      sender_localpart: senderLocalpart(input.userPrefix),
      receive_ephemeral: true,
      'de.sorunome.msc2409.push_ephemeral': true,
      namespaces: { users: [{ exclusive: true, regex }], aliases: [], rooms: [] },
    },
    doublePuppet: {
      ...both,
      id: `${input.id}-double-puppet`,
      url: null,
      as_token: input.doublePuppetToken,
      hs_token: input.doublePuppetHsToken,
      sender_localpart: `${input.userPrefix}_double-puppet`,
      receive_ephemeral: false,
      'de.sorunome.msc2409.push_ephemeral': false,
      namespaces: { users: [{ exclusive: false, regex }], aliases: [], rooms: [] },
    },
  }
}

/** The user that stands for our application service itself; no account of ours is ever called so. */
export function senderLocalpart(userPrefix: string): string {
  return `${userPrefix}_mistok`
}

/** A registration as the YAML file that the homeserver loads. JSON texts are YAML texts. */
export function registrationText(registration: Registration): string {
  const { namespaces, ...plain } = registration
  const lines = Object.entries(plain).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  const users = namespaces.users.map((user) => `    - {exclusive: ${user.exclusive}, regex: ${JSON.stringify(user.regex)}}`)
  return [...lines, 'namespaces:', '  users:', ...users, '  aliases: []', '  rooms: []', ''].join('\n')
}

function escaped(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\/-]/g, (char) => (char === '-' || char === '/' ? char : `\\${char}`))
}
