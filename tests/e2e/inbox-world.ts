import type { Page } from 'playwright-core'
import type { Demo } from './browser.ts'
import { waitFor } from './wait.ts'

/** Our own number in these tests. */
export const ours = '+380671234567'

/** People who have written to us, and what. */
export const people = [
  { phone: '+380501112233', name: 'Олена Коваль', text: 'Доброго дня! Чи є фарба?' },
  { phone: '+380501112234', name: 'Петро Мельник', text: 'Коли буде доставка?' },
  { phone: '+380501112235', name: 'Мар’яна Шевченко', text: 'Дякую, все отримала' },
  { phone: '+14155550100', name: 'John Carter', text: 'Hello! Do you ship to Lviv?' },
] as const

interface Listed {
  readonly items: readonly { readonly id: string; readonly name: string }[]
}

/** Signs the page's browser in as the admin, by the API. */
export async function signIn(page: Page, { email, password, url }: Demo): Promise<void> {
  const answer = await page.request.post('/api/v1/auth/login', { data: { email, password }, headers: { origin: url } })
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()}`)
}

/** Links our phone and lets everybody write; answers the id of each one's conversation by name. */
export async function fillInbox(page: Page, demo: Demo): Promise<ReadonlyMap<string, string>> {
  const headers = { origin: demo.url }
  const login = await page.request.post('/api/v1/integrations/matrix/users/me/connect-whatsapp', {
    data: { method: 'qr', name: 'Продажі', access: 'shared' },
    headers,
    timeout: 60_000,
  })
  const { qr } = (await login.json()) as { qr: { data: string } }
  await demo.phone(ours, '/scan', { data: qr.data })
  await waitFor(
    async () => {
      const { items } = (await (await page.request.get('/api/v1/channels')).json()) as { items: { phone: string; status: string }[] }
      return items.some(({ phone, status }) => phone === ours && status === 'connected')
    },
    { what: 'our phone to be linked', timeout: 60_000 },
  )
  for (const { phone, name, text } of people) {
    await demo.phone(phone, '', { name })
    await demo.phone(phone, '/messages', { to: ours, type: 'text', text })
  }
  let found: ReadonlyMap<string, string> = new Map()
  await waitFor(
    async () => {
      const { items } = (await (await page.request.get('/api/v1/communications/conversations')).json()) as Listed
      found = new Map(items.map(({ id, name }) => [name, id]))
      return people.every(({ name }) => found.has(name))
    },
    { what: 'everybody to stand in the inbox', timeout: 60_000 },
  )
  return found
}
