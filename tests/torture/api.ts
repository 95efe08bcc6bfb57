import type { Conversation } from '../../contract/conversation.ts'
import type { Message } from '../../contract/message.ts'

/** A request that was answered, or not. `status` 0 means that no answer came. */
export interface Answer<T = unknown> {
  readonly status: number
  readonly body: T
}

/** The inbox's API as one signed-in person uses it. */
export interface Api {
  /** Never throws for what the network or the server does. */
  call<T = unknown>(method: string, path: string, options?: { body?: object; headers?: Record<string, string> }): Promise<Answer<T>>
  /** The body of a 2xx answer; throws otherwise. */
  need<T = unknown>(method: string, path: string, body?: object): Promise<T>
  readonly headers: Record<string, string>
  readonly url: string
}

const answerLimit = 10_000

async function request(method: string, url: string, headers: Record<string, string>, body?: object): Promise<Answer & { cookie: string }> {
  try {
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerLimit),
    })
    const text = await response.text()
    const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), cookie }
  } catch (error) {
    return { status: 0, body: String(error), cookie: '' }
  }
}

/** Signs in; throws when that is refused. */
export async function signIn(url: string, email: string, password: string): Promise<Api> {
  const { status, body, cookie } = await request('POST', `${url}/api/v1/auth/login`, { origin: url }, { email, password })
  if (status !== 200) throw new Error(`signing in: ${status} ${JSON.stringify(body)}`)
  const headers = { cookie, origin: url }
  const call: Api['call'] = async <T>(method: string, path: string, options: { body?: object; headers?: Record<string, string> } = {}) =>
    (await request(method, `${url}/api/v1${path}`, { ...headers, ...options.headers }, options.body)) as Answer<T>
  return {
    url,
    headers,
    call,
    async need<T>(method: string, path: string, wanted?: object) {
      const answer = await call<T>(method, path, wanted === undefined ? {} : { body: wanted })
      if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
  }
}

interface Page<T> {
  readonly items: readonly T[]
  readonly next_cursor?: string
  readonly has_more: boolean
}

/** Every conversation. */
export async function listConversations(api: Api): Promise<readonly Conversation[]> {
  const all: Conversation[] = []
  for (let cursor = ''; ;) {
    const page = await api.need<Page<Conversation>>('GET', `/communications/conversations?limit=200${cursor}`)
    all.push(...page.items)
    if (!page.has_more) return all
    cursor = `&cursor=${page.next_cursor}`
  }
}

/** Every message of a conversation, oldest first as the inbox shows them, paged through from the newest. */
export async function listMessages(api: Api, conversation: string): Promise<readonly Message[]> {
  const all: Message[] = []
  for (let before = ''; ;) {
    const page = await api.need<Page<Message>>('GET', `/communications/conversations/${conversation}/messages?limit=200${before}`)
    all.push(...page.items)
    if (!page.has_more) return all.toReversed()
    before = `&before=${page.next_cursor}`
  }
}
