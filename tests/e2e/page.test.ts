import axe, { type AxeResults } from 'axe-core'
import type { Browser, Locator, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo, type WatchedPage } from './browser.ts'
import { waitFor } from './wait.ts'

const ours = '+380671234567'
const theirs = '+380501112233'

let browser: Browser
let demo: Demo
let watched: WatchedPage
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  watched = await openPage(browser, demo)
  page = watched.page
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

const message = (text: string) => page.getByRole('article').filter({ hasText: text })
const tick = (text: string) => message(text).locator('[data-tick]').getAttribute('data-tick')
const openChat = () => page.getByRole('listitem').filter({ hasText: 'Олена Коваль' }).getByRole('link').click()
const isDrawn = (picture: Locator) =>
  picture.evaluate((image) => {
    const { complete, naturalWidth } = image as unknown as { readonly complete: boolean; readonly naturalWidth: number }
    return complete && naturalWidth > 0
  })

test('a wrong password is refused in words, the right one opens the inbox', async () => {
  await page.goto('/')
  await page.getByLabel('Електронна пошта').fill(demo.email)
  await page.getByLabel('Пароль', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Увійти' }).click()
  await page.getByRole('alert').filter({ hasText: 'Пошта або пароль неправильні.' }).waitFor()
  await page.getByLabel('Пароль', { exact: true }).fill(demo.password)
  await page.getByRole('button', { name: 'Увійти' }).click()
  await page.getByText('Розмов ще немає').waitFor()
  expect(new URL(page.url()).pathname).toBe('/inbox')
})

test('a phone is linked by its QR, after the note of what is copied', async () => {
  await page.getByRole('link', { name: 'Підключити WhatsApp' }).click()
  await page.getByRole('button', { name: 'Показати код' }).click()
  await page.getByRole('heading', { name: 'Усі чати цього телефона копіюються сюди' }).waitFor()
  await page.getByRole('button', { name: 'Зрозуміло, копіювати чати' }).click()
  const qr = page.getByRole('img', { name: /^QR-код/ })
  await qr.waitFor()
  await page.getByText(/новий код за \d+ с · код 1 з 6/).waitFor()
  expect(await isDrawn(qr)).toBe(true)

  await demo.phone(ours, '/scan', { data: await qr.getAttribute('data-qr') })
  await page.getByText(`Підключено: ${ours}`).waitFor()
  await page.getByRole('link', { name: 'До вхідних' }).click()
})

test('a message comes in by itself, is answered with Enter, and the tick goes to read when the phone reads it', async () => {
  await demo.phone(theirs, '', { name: 'Олена Коваль' })
  await demo.phone(theirs, '/messages', { to: ours, type: 'text', text: 'Доброго дня! Чи є фарба?' })
  await page.getByRole('listitem').filter({ hasText: 'Олена Коваль' }).filter({ hasText: '1 непрочитане' }).waitFor()
  await openChat()
  await message('Чи є фарба?').waitFor()

  const input = page.getByRole('textbox', { name: 'Повідомлення' })
  await input.fill('Так, є')
  await input.press('Shift+Enter')
  await input.pressSequentially('три кольори')
  await input.press('Enter')
  await message('три кольори').waitFor()
  expect(await input.inputValue()).toBe('')
  await waitFor(async () => (await tick('три кольори')) === 'delivered', { what: 'the tick of delivery', timeout: 60_000 })
  expect((await demo.received(theirs)).map(({ text }) => text)).toEqual(['Так, є\nтри кольори'])

  await demo.phone(theirs, '/read', { with: ours })
  await waitFor(async () => (await tick('три кольори')) === 'read', { what: 'the tick of reading', timeout: 60_000 })
  await message('три кольори').getByRole('img', { name: 'Прочитано' }).waitFor()
  await page.getByRole('listitem').filter({ hasText: 'непрочитан' }).waitFor({ state: 'detached' })
})

test('a picture with its caption goes out, and one comes in', async () => {
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 48 } })
  await page.locator('input[type=file]').setInputFiles({ name: 'фарба.png', mimeType: 'image/png', buffer: picture })
  await page.getByText('Фото: фарба.png').waitFor()
  await page.getByRole('textbox', { name: 'Повідомлення' }).fill('Ось така')
  await page.getByRole('button', { name: 'Надіслати', exact: true }).click()
  await waitFor(async () => (await tick('Ось така')) === 'delivered', { what: 'the tick of the picture', timeout: 60_000 })
  expect((await demo.received(theirs)).at(-1)).toMatchObject({ type: 'image', text: 'Ось така' })

  await demo.phone(theirs, '/messages', { to: ours, type: 'image', text: 'А така?' })
  const theirPicture = message('А така?').getByRole('img')
  await theirPicture.waitFor()
  await waitFor(() => isDrawn(theirPicture), {
    what: 'the picture',
    timeout: 60_000,
  })
})

test('a message is answered, reacted to, edited and deleted for everyone', async () => {
  const input = page.getByRole('textbox', { name: 'Повідомлення' })
  const act = async (text: string, deed: string) => {
    const button = message(text).getByRole('button', { name: deed, exact: true })
    // A row that was out of sight for a moment has forgotten that it was opened.
    const press = async () => {
      if (!(await button.isVisible())) await message(text).getByRole('button', { name: 'Що зробити з цим повідомленням' }).click()
      return button.click({ timeout: 5_000 }).then(
        () => true,
        () => false,
      )
    }
    await waitFor(press, { what: deed, timeout: 60_000 })
  }
  const onPhone = async (text: string) =>
    (await demo.received(theirs)).find((one) => one.text === text) as undefined | (Record<string, unknown> & { readonly text?: string })

  await act('Чи є фарба?', 'Відповісти')
  await page.getByText('Відповідь на').waitFor()
  await input.fill('Є синя')
  await input.press('Enter')
  await waitFor(async () => (await tick('Є синя')) === 'delivered', { what: 'the reply', timeout: 60_000 })
  expect(await onPhone('Є синя')).toHaveProperty('reply_to')

  await act('А така?', 'Реакція 👍')
  await message('А така?').getByRole('list', { name: 'Реакції' }).getByText('👍').waitFor()
  await act('А така?', 'Прибрати реакцію')
  await message('А така?').getByRole('list', { name: 'Реакції' }).waitFor({ state: 'detached' })

  await act('Є синя', 'Змінити')
  const editing = page.getByRole('textbox', { name: 'Змінити повідомлення' })
  await editing.fill('Є червона')
  await page.getByRole('button', { name: 'Зберегти' }).click()
  await message('Є червона').getByText('змінено').waitFor()
  await waitFor(async () => (await onPhone('Є червона'))?.['edited'] === true, { what: 'the edit on the phone', timeout: 60_000 })

  await act('Є червона', 'Видалити для всіх')
  await page.getByRole('dialog').getByRole('button', { name: 'Видалити для всіх' }).click()
  await message('Є червона').waitFor({ state: 'detached' })
  await waitFor(async () => (await demo.received(theirs)).some((one) => 'revoked' in one), { what: 'the deletion', timeout: 60_000 })
})

test('what is written without a network stays, goes out once when it is back, and never twice', async () => {
  const input = page.getByRole('textbox', { name: 'Повідомлення' })
  await page.context().setOffline(true)
  for (const text of ['Перше', 'Друге']) {
    await input.fill(text)
    await input.press('Enter')
  }
  await message('Перше').getByText('Чекає на мережу').waitFor()
  await page.context().setOffline(false)
  await waitFor(async () => (await tick('Друге')) === 'delivered', { what: 'the second one to be delivered', timeout: 90_000 })
  expect(await message('Перше').count()).toBe(1)
  expect((await demo.received(theirs)).slice(-2).map(({ text }) => text)).toEqual(['Перше', 'Друге'])
})

test('a refused message says why, and can be sent again', async () => {
  const refuse = (route: Route) =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 409, code: 'channel_not_connected' }),
    })
  await page.route('**/messages', refuse, { times: 1 })
  const input = page.getByRole('textbox', { name: 'Повідомлення' })
  await input.fill('Ще одне')
  await input.press('Enter')
  await message('Ще одне').getByText('Номер зараз не підключено до WhatsApp.').waitFor()
  expect(await tick('Ще одне')).toBe('failed')
  await message('Ще одне').getByRole('button', { name: 'Надіслати ще раз' }).click()
  await waitFor(async () => (await tick('Ще одне')) === 'delivered', { what: 'it to be delivered', timeout: 60_000 })
  expect((await demo.received(theirs)).filter(({ text }) => text === 'Ще одне')).toHaveLength(1)
})

test('a second tab shows the same over the same connection, and goes on when the first one is closed', async () => {
  const streams: string[] = []
  page.context().on('request', (request) => request.resourceType() === 'eventsource' && streams.push(request.url()))
  const second = await page.context().newPage()
  await second.goto(page.url())
  await second.getByRole('article').filter({ hasText: 'Друге' }).waitFor()
  await demo.phone(theirs, '/messages', { to: ours, type: 'text', text: 'В обидві вкладки' })
  await second.getByRole('article').filter({ hasText: 'В обидві вкладки' }).waitFor()
  await message('В обидві вкладки').waitFor()
  expect(streams).toEqual([])

  const address = page.url()
  await page.close()
  await demo.phone(theirs, '/messages', { to: ours, type: 'text', text: 'Лише в другу' })
  await second.getByRole('article').filter({ hasText: 'Лише в другу' }).waitFor()
  expect(streams).toHaveLength(1)
  expect(new URL(streams[0] ?? '').searchParams.get('after')).toBeTruthy()
  page = second
  expect(page.url()).toBe(address)
})

const screens = [
  '/inbox',
  'thread',
  '/connect',
  '/settings/numbers',
  '/settings/people',
  '/settings/keys',
  '/settings/system',
  '/settings/profile',
]
const looks = [
  { name: 'wide and light', look: { viewport: { width: 1366, height: 768 } } },
  { name: 'narrow and dark', look: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true } },
] as const

test.each(looks)('axe finds nothing serious, and nothing runs over the edge: $name', async ({ look }) => {
  const thread = page.url()
  // axe is put into the page as a script, which the page's own policy rightly forbids.
  const options = { storageState: await page.context().storageState(), bypassCSP: true, reducedMotion: 'reduce', ...look } as const
  const { page: looked } = await openPage(browser, demo, options)
  const found: string[] = []
  for (const screen of screens) {
    await looked.goto(screen === 'thread' ? thread : screen)
    await looked.getByRole('main').waitFor()
    await looked.waitForLoadState('load')
    await waitFor(async () => (await looked.getByText('Завантаження…').count()) === 0, { what: `${screen} to be loaded` })
    if (screen === 'thread') await looked.getByRole('article').first().waitFor()
    found.push(...(await faultsOf(looked)).map((fault) => `${screen}: ${fault}`))
  }
  await looked.context().close()
  expect(found).toEqual([])
})

async function faultsOf(looked: Page): Promise<readonly string[]> {
  await looked.evaluate(axe.source)
  const { violations } = (await looked.evaluate('axe.run()')) as AxeResults
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const isWide = await looked.evaluate('document.documentElement.scrollWidth > window.innerWidth')
  return [...serious.map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`), ...(isWide ? ['wider than the window'] : [])]
}

test('signing out ends the session in every tab, and signing in again shows what was asked for', async () => {
  const other = await page.context().newPage()
  await other.goto('/inbox')
  await other.getByRole('listitem').first().waitFor()
  await page.goto('/settings/profile')
  await page.getByRole('button', { name: 'Вийти' }).click()
  await page.getByRole('heading', { name: 'Вхід' }).waitFor()
  await other.getByRole('heading', { name: 'Вхід' }).waitFor()

  await page.getByLabel('Електронна пошта').fill(demo.email)
  await page.getByLabel('Пароль', { exact: true }).fill(demo.password)
  await page.getByRole('button', { name: 'Увійти' }).click()
  await page.getByRole('heading', { name: 'Налаштування' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/settings/profile')
})

test('one sees where one is signed in, and signs a forgotten browser out, which keeps what was on its screen', async () => {
  const { page: forgotten } = await openPage(browser, demo, { userAgent: 'Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/145.0' })
  await forgotten.goto('/inbox')
  await forgotten.getByLabel('Електронна пошта').fill(demo.email)
  await forgotten.getByLabel('Пароль', { exact: true }).fill(demo.password)
  await forgotten.getByLabel('Запам’ятати мене').uncheck()
  await forgotten.getByRole('button', { name: 'Увійти' }).click()
  await forgotten.getByRole('listitem').first().waitFor()
  expect((await forgotten.context().cookies())[0]?.expires).toBe(-1)

  await page.goto('/settings/profile')
  await page.getByText('Цей браузер').waitFor()
  await page.getByRole('button', { name: 'Завершити сеанс: Firefox, Windows' }).click()
  await forgotten.getByRole('dialog').getByText('Сеанс завершено. Увійдіть знову, чернетки збережено.').waitFor()
  await page.getByRole('button', { name: 'Завершити сеанс: Firefox, Windows' }).waitFor({ state: 'detached' })
  await forgotten.context().close()
})

test('no script failed, nothing was refused by the content policy, nothing was asked of other servers', () => {
  expect(watched.faults).toEqual([])
})
