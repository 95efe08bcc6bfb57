import { createHash } from 'node:crypto'

/** A message in the sandbox's ledger, or on one of its phones. */
export interface PhoneMessage {
  readonly id: string
  readonly type: string
  readonly text?: string
  readonly from: string
  readonly to?: string
  readonly group?: string
  readonly reply_to?: string
  /** Older than the linking. */
  readonly history?: boolean
  readonly via: 'phone' | 'linked_device'
  readonly file_name?: string
  readonly media?: { readonly sha256: string; readonly mime_type: string }
  /** On phones. */
  readonly status?: 'sent' | 'delivered' | 'read'
  /** In the ledger: who has it, and where each linked number's copy stands on the homeserver. */
  readonly receipts?: readonly { readonly by: string; readonly status: string }[]
  /** The event by which it was sent, if it was sent from the homeserver. */
  readonly event_id?: string
  readonly bridged?: readonly { readonly login: string; readonly room_id: string; readonly event_id: string }[]
}

/** The sandbox's phones by their control API (product.md 8); what is not accepted throws. */
export interface Phones {
  /** `POST /sandbox/v1/phones/{phone}/{deed}`; without a deed the phone itself is changed. */
  act(phone: string, deed: string, body?: object): Promise<void>
  /** Someone writes to a connected number, or from it; gives what the ledger has. */
  write(phone: string, body: object): Promise<PhoneMessage>
  received(phone: string): Promise<readonly PhoneMessage[]>
  group(name: string, members: readonly string[]): Promise<string>
  /** Changes a group's name, members or picture. */
  change(group: string, change: object): Promise<void>
  ledger(): Promise<readonly PhoneMessage[]>
  /** Whether a device is linked to this phone. */
  isLinked(phone: string): Promise<boolean>
  /** The bytes of a file that was sent. */
  file(message: PhoneMessage): Promise<Uint8Array<ArrayBuffer>>
  /** Ends the tokens of those users of the sandbox's homeserver whose ids begin so; gives the users. */
  revokeTokens(begin: string): Promise<readonly string[]>
  /** Makes something go wrong, as `POST /sandbox/v1/faults` takes it; `undefined` ends all faults. */
  fault(order: object | undefined): Promise<void>
  /** What is still to go wrong. */
  faults(): Promise<readonly unknown[]>
}

export function openPhones(controlUrl: string): Phones {
  const base = `${controlUrl}/sandbox/v1`
  const ask = async (method: string, place: string, body?: object): Promise<Response> => {
    const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(base + place, { method, ...json, signal: AbortSignal.timeout(60_000) })
    if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const read = async <T>(place: string): Promise<T> => (await (await ask('GET', place)).json()) as T
  const phone = (number: string) => `/phones/${encodeURIComponent(number)}`
  return {
    act: async (number, deed, body = {}) => void (await ask('POST', deed === '' ? phone(number) : `${phone(number)}/${deed}`, body)),
    write: async (number, body) => (await ask('POST', `${phone(number)}/messages`, body)).json() as Promise<PhoneMessage>,
    received: async (number) => (await read<{ items: PhoneMessage[] }>(`${phone(number)}/messages`)).items,
    group: async (name, members) => ((await (await ask('POST', '/groups', { name, members })).json()) as { id: string }).id,
    change: async (group, change) => void (await ask('POST', `/groups/${encodeURIComponent(group)}`, change)),
    ledger: async () => (await read<{ items: PhoneMessage[] }>('/ledger')).items,
    isLinked: async (number) => (await read<{ linked: { phone: string }[] }>('/state')).linked.some((linked) => linked.phone === number),
    file: async ({ media }) => new Uint8Array(await (await ask('GET', `/media/${media?.sha256}`)).arrayBuffer()),
    async revokeTokens(begin) {
      const users = (await read<{ users: string[] }>('/state')).users.filter((user) => user.startsWith(begin))
      for (const user_id of users) await ask('POST', '/tokens/revoke', { user_id })
      return users
    },
    fault: async (order) => void (await ask(order === undefined ? 'DELETE' : 'POST', '/faults', order)),
    faults: async () => (await read<{ items: unknown[] }>('/faults')).items,
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
