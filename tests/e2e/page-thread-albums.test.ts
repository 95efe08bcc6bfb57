import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo } from './browser.ts'
import { fillInbox, ours, people, signIn } from './inbox-world.ts'
import { waitFor } from './wait.ts'

const [olena, petro] = people

let browser: Browser
let demo: Demo
let page: Page
let chat: string
let picture: Buffer
/** The sixth picture of the first album. */
let sixth: string | undefined

const album = (of: number) => page.locator(`[data-album="${of}"]`)
const cells = (of: number) => album(of).locator('[data-message]')
const send = (more: object = {}, from: string = olena.phone) =>
  demo.phone(from, '/messages', {
    to: ours,
    type: 'image',
    media: { data: picture.toString('base64'), mime_type: 'image/png' },
    ...more,
  })

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  page = (await openPage(browser, demo)).page
  page.setDefaultTimeout(20_000)
  await signIn(page, demo)
  chat = (await fillInbox(page, demo)).get(olena.name) ?? ''
  await page.goto(`/inbox/all/${chat}`)
  await page.getByRole('article').filter({ hasText: olena.text }).waitFor()
  picture = await page.screenshot({ clip: { x: 0, y: 0, width: 160, height: 120 } })
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

test('pictures that come together are one grid of four with a count, and each is opened by itself', async () => {
  for (let sent = 0; sent < 6; sent += 1) await send()
  await album(6).waitFor()
  expect(await cells(6).count()).toBe(4)
  await cells(6).nth(3).getByRole('button', { name: /Ще 2/ }).click()
  const viewer = page.getByRole('dialog', { name: /^Фото від/ })
  await viewer.waitFor()
  const shown = () => viewer.locator('img').getAttribute('src')
  const fourth = await shown()
  await page.keyboard.press('ArrowRight')
  expect(await shown()).not.toBe(fourth)
  await page.keyboard.press('Escape')
  await viewer.waitFor({ state: 'detached' })
})

test('a picture with words of its own stands apart', async () => {
  await send({ text: 'Оця найкраща' })
  const row = page.getByRole('article').filter({ hasText: 'Оця найкраща' })
  await row.waitFor()
  expect(await row.getAttribute('data-album')).toBeNull()
  expect(await cells(6).count()).toBe(4)
})

test('by keyboard: into the album, an answer to the second, its own reaction', async () => {
  await page.getByRole('feed').focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await waitFor(async () => page.evaluate('document.activeElement.dataset.album === "6"') as Promise<boolean>, { what: 'the album' })
  await page.keyboard.press('Enter')
  // The first picture, its actions, the second picture.
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const actions = page.getByRole('dialog', { name: 'Що зробити з цим повідомленням' })
  await actions.getByRole('button', { name: 'Реакція 👍' }).click()
  await cells(6).first().getByRole('button', { name: /👍/ }).waitFor()
  expect(await cells(6).nth(1).getByRole('button', { name: /👍/ }).count()).toBe(0)
  await cells(6)
    .nth(1)
    .getByRole('button', { name: /^Відкрити/ })
    .focus()
  await page.keyboard.press('KeyR')
  await page.getByText('Відповідь на').waitFor()
  const input = page.getByRole('textbox', { name: 'Повідомлення', exact: true })
  await input.fill('Беремо цю')
  await input.press('Enter')
  const second = await cells(6).nth(1).getAttribute('data-message')
  const answer = page.getByRole('article').filter({ hasText: 'Беремо цю' })
  await waitFor(async () => (await answer.locator('[data-tick]').getAttribute('data-tick')) === 'delivered', {
    what: 'the answer',
    timeout: 60_000,
  })
  await answer.locator('button').first().click()
  await page.locator(`[data-message="${second}"].outline-brand`).waitFor()
})

test('whoever is led to a picture that the count hides sees it, and the address leads there too', async () => {
  const { items } = (await (await page.request.get(`/api/v1/communications/conversations/${chat}/messages?limit=50`)).json()) as {
    items: { id: string; type: string; text?: string; sent_at: string }[]
  }
  const pictures = items.filter(({ type, text }) => type === 'image' && !text).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  sixth = pictures.at(-1)?.id
  await page.goto(`/inbox/all/${chat}?m=${sixth}`)
  await page.locator(`[data-message="${sixth}"]`).waitFor()
  expect(await cells(6).count()).toBe(6)
})

test('what comes in and what is loaded moves nothing that one reads', async () => {
  for (let sent = 0; sent < 12; sent += 1) await demo.phone(olena.phone, '/messages', { to: ours, type: 'text', text: `Рядок ${sent}` })
  await page.goto(`/inbox/all/${chat}?m=${sixth}`)
  await album(6).waitFor()
  await page.waitForTimeout(500)
  const before = await album(6).boundingBox()
  await send()
  await send()
  await page.getByRole('button', { name: /нижче$/ }).waitFor()
  expect((await album(6).boundingBox())?.y).toBe(before?.y)
  await page.getByRole('button', { name: /нижче$/ }).click()
  await album(2).waitFor()
  await send()
  await album(3).waitFor()
})

test.each([1366, 390])('axe finds nothing in an album at %d', async (width) => {
  const options = { storageState: await page.context().storageState(), bypassCSP: true, viewport: { width, height: 844 } }
  const { page: looked } = await openPage(browser, demo, options)
  await looked.goto(`/inbox/all/${chat}?m=${sixth}`)
  await looked.locator('[data-album]').first().waitFor()
  await looked.evaluate(axe.source)
  const { violations } = (await looked.evaluate('axe.run()')) as AxeResults
  expect(violations.map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`)).toEqual([])
  expect(await looked.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false)
  await looked.context().close()
})

test('a conversation of few, high rows opens at the first unread one too', async () => {
  await page.goto('/settings')
  await demo.phone(petro.phone, '/messages', { to: ours, type: 'text', text: 'Ще кілька' })
  for (let sent = 0; sent < 4; sent += 1) await send({ text: `Слова ${sent}` }, petro.phone)
  await page.goto('/inbox')
  await page.getByRole('listitem').filter({ hasText: petro.name }).getByText('6', { exact: true }).waitFor()
  await page.getByRole('listitem').filter({ hasText: petro.name }).getByRole('link').click()
  await page.getByRole('article').filter({ hasText: 'Ще кілька' }).waitFor()
  await page.waitForTimeout(500)
  const line = await page.locator('[data-unread-line]').boundingBox()
  expect(line?.y).toBeGreaterThan(0)
})
