/** A line of the sandbox's ledger: one message of the imitated WhatsApp. */
export interface LedgerLine {
  readonly seq: number
  readonly from: string
  readonly to?: string
  readonly group?: string
  readonly type: string
  readonly text?: string
  readonly history?: boolean
  readonly bridged: readonly { readonly event_id: string }[]
}

/** A message as a phone shows it. */
export interface PhoneMessage {
  readonly chat: string
  readonly text?: string
  readonly from: string
}

/** The phones of the imitated WhatsApp, by the sandbox's control API; every call throws unless it is accepted. */
export interface Phones {
  scan(phone: string, data: string): Promise<void>
  name(phone: string, name: string): Promise<void>
  /** Chats that are older than the linking. */
  history(phone: string, chats: readonly object[]): Promise<void>
  group(name: string, members: readonly string[]): Promise<string>
  write(phone: string, place: Place, text: string): Promise<void>
  read(phone: string, place: Place): Promise<void>
  received(phone: string): Promise<readonly PhoneMessage[]>
  ledger(): Promise<readonly LedgerLine[]>
}

/** Where a phone writes: to another one, or into a group. */
export type Place = { readonly to: string } | { readonly group: string }

export function openPhones(url: string): Phones {
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${url}/sandbox/v1${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text) as T
  }
  const at = (phone: string, deed: string) => `/phones/${encodeURIComponent(phone)}${deed}`
  return {
    scan: (phone, data) => call('POST', at(phone, '/scan'), { data }),
    name: (phone, name) => call('POST', at(phone, ''), { name }),
    history: (phone, chats) => call('POST', at(phone, '/history'), { chats }),
    group: async (name, members) => (await call<{ id: string }>('POST', '/groups', { name, members })).id,
    write: (phone, place, text) => call('POST', at(phone, '/messages'), { ...place, text }),
    read: (phone, place) => call('POST', at(phone, '/read'), 'to' in place ? { with: place.to } : place),
    received: async (phone) => (await call<{ items: PhoneMessage[] }>('GET', at(phone, '/messages'))).items,
    ledger: async () => (await call<{ items: LedgerLine[] }>('GET', '/ledger')).items,
  }
}
