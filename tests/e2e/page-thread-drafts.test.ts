import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo } from './browser.ts'
import { fillInbox, ours, people, signIn } from './inbox-world.ts'
import { waitFor } from './wait.ts'

const [olena, petro] = people

let browser: Browser
let demo: Demo
let page: Page
let chats: ReadonlyMap<string, string>

const input = (on: Page = page) => on.getByRole('textbox', { name: 'Повідомлення', exact: true })
const open = async (name: string) => {
  await page.goto(`/inbox/all/${chats.get(name)}`)
  await page.getByRole('article').first().waitFor()
}
const answerTo = (on: Page = page) => on.getByText('Відповідь на')
const attached = (name: string) => page.getByRole('button', { name: `Прибрати: ${name}` })

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  page = (await openPage(browser, demo)).page
  page.setDefaultTimeout(20_000)
  await signIn(page, demo)
  chats = await fillInbox(page, demo)
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

test('what is written, answered and attached is there again after a reload, and goes as it was meant', async () => {
  await open(olena.name)
  await page.getByRole('feed').focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('KeyR')
  await answerTo().waitFor()
  const files = ['договір.pdf', 'рахунок.pdf'].map((name) => ({
    name,
    mimeType: 'application/pdf',
    buffer: Buffer.from(`%PDF-1.4 ${name}`),
  }))
  await page.locator('input[type=file]').setInputFiles(files)
  await page.getByLabel('Підпис: рахунок.pdf').fill('Це до сплати')
  await input().fill('Доброго дня')
  await page.waitForTimeout(300)

  await page.reload()
  await answerTo().waitFor()
  await attached('договір.pdf').waitFor()
  expect(await page.getByLabel('Підпис: рахунок.pdf').inputValue()).toBe('Це до сплати')
  expect(await input().inputValue()).toBe('Доброго дня')
  await open(petro.name)
  expect([await attached('договір.pdf').count(), await answerTo().count()]).toEqual([0, 0])

  await open(olena.name)
  await attached('договір.pdf').waitFor()
  await page.getByRole('button', { name: 'Надіслати', exact: true }).click()
  await waitFor(async () => (await demo.received(olena.phone)).length === 3, { what: 'all of it', timeout: 60_000 })
  expect((await demo.received(olena.phone)).map(({ text }) => text ?? '')).toEqual(['', 'Це до сплати', 'Доброго дня'])
  await page.getByRole('article').filter({ hasText: 'договір.pdf' }).getByRole('button', { name: olena.text }).waitFor()
  await page.waitForTimeout(300)
  await page.reload()
  await page.getByRole('article').first().waitFor()
  expect([await attached('договір.pdf').count(), await answerTo().count(), await input().inputValue()]).toEqual([0, 0, ''])
})

test('what is answered follows its person to another machine, also where its message is not among the loaded ones', async () => {
  await open(petro.name)
  await page.getByRole('feed').focus()
  await page.keyboard.press('ArrowUp')
  const saved = page.waitForResponse((response) => response.url().endsWith('/draft') && response.request().method() === 'PUT')
  await page.keyboard.press('KeyR')
  await saved
  for (let line = 0; line < 70; line += 1) await demo.phone(petro.phone, '/messages', { to: ours, type: 'text', text: `Рядок ${line}` })
  await page.getByRole('listitem').filter({ hasText: 'Рядок 69' }).waitFor({ timeout: 60_000 })
  await page.getByRole('article').filter({ hasText: 'Рядок 69' }).waitFor()
  const { page: other } = await openPage(browser, demo)
  await signIn(other, demo)
  await other.goto(`/inbox/all/${chats.get(petro.name)}`)
  await other.getByRole('button', { name: `Відповідь на: ${petro.name} ${petro.text}` }).waitFor()
  await other.getByRole('button', { name: 'Не відповідати' }).click()
  await answerTo().waitFor({ state: 'detached' })
  expect(await answerTo(other).count()).toBe(0)
  await other.context().close()
})

test('the last minute of an edit is counted down, and what was typed when it is over is kept and may go as a new message', async () => {
  await page.route('**/capabilities', async (route) => {
    const response = await route.fetch()
    const body = (await response.json()) as object
    await route.fulfill({ response, json: { ...body, edit: { max_age_seconds: 12 } } })
  })
  await open(olena.name)
  await input().fill('Буде о третій')
  await input().press('Enter')
  const sent = page.getByRole('article').filter({ hasText: 'Буде о третій' })
  await waitFor(async () => (await sent.locator('[data-tick]').getAttribute('data-tick')) === 'delivered', {
    what: 'it to be sent',
    timeout: 60_000,
  })
  await input().press('ArrowUp')
  const edited = page.getByRole('textbox', { name: 'Змінити повідомлення' })
  await edited.fill('Буде о четвертій')
  await page
    .getByRole('timer')
    .getByText(/^Змінити можна ще 0:\d\d$/)
    .waitFor()
  await page.getByRole('alert').getByText('Час на зміну вийшов.').waitFor()
  expect(await page.getByRole('button', { name: 'Зберегти', exact: true }).count()).toBe(0)
  expect(await edited.inputValue()).toBe('Буде о четвертій')
  await page.getByRole('button', { name: 'Перенести в нове повідомлення' }).click()
  expect(await input().inputValue()).toBe('Буде о четвертій')
  await input().fill('')
  await page.unroute('**/capabilities')
})

test('who writes first is told once what it may cost, and begins nothing while WhatsApp forbids it', async () => {
  const begin = async (phone: string) => {
    await page.goto('/inbox')
    await page.getByRole('button', { name: 'Нова розмова' }).click()
    await page.getByLabel('Номер телефону').fill(phone)
    await page.getByRole('button', { name: 'Почати розмову' }).click()
    await page.getByText('Тут ще немає повідомлень.').waitFor()
  }
  const notice = page.getByText('Новий контакт: часті перші повідомлення можуть призвести до блокування.')
  await begin('+380671009901')
  await notice.waitFor()
  await page.getByRole('button', { name: 'Зрозуміло' }).click()
  await begin('+380671009902')
  await input().waitFor()
  await page.waitForTimeout(500)
  expect(await notice.count()).toBe(0)

  await page.route('**/api/v1/channels*', async (route) => {
    const response = await route.fetch()
    const { items, ...rest } = (await response.json()) as { items: object[] }
    const state = { status: 'restricted', status_detail: 'WhatsApp allows no new chats until 2031-12-01T10:00:00Z' }
    await route.fulfill({ response, json: { ...rest, items: items.map((item) => ({ ...item, ...state })) } })
  })
  await page.goto('/inbox')
  await page.getByRole('button', { name: 'Нова розмова' }).click()
  await page.getByText(/^WhatsApp не дозволяє нових чатів до 1 груд. 2031/).waitFor()
  expect(await page.getByLabel('Номер телефону').count()).toBe(0)
  await page.unroute('**/api/v1/channels*')
})

test('closing the page while a file is on its way asks first', async () => {
  await open(olena.name)
  await page.route('**/api/v1/media', () => undefined)
  await page
    .locator('input[type=file]')
    .setInputFiles([{ name: 'іде.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 x') }])
  await page.getByRole('button', { name: 'Надіслати', exact: true }).click()
  await page.getByRole('progressbar', { name: 'Надсилання: іде.pdf' }).waitFor()
  const asked = page.waitForEvent('dialog')
  void page.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.accept()
})
