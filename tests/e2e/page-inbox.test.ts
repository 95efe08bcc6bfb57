import type { Browser, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo, type WatchedPage } from './browser.ts'
import { fillInbox, ours, people, signIn } from './inbox-world.ts'
import { waitFor } from './wait.ts'

let browser: Browser
let demo: Demo
let watched: WatchedPage
let page: Page
let chats: ReadonlyMap<string, string>

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  watched = await openPage(browser, demo)
  page = watched.page
  page.setDefaultTimeout(20_000)
  await signIn(page, demo)
  chats = await fillInbox(page, demo)
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

const [olena, petro, , john] = people
const row = (name: string) => page.getByRole('listitem').filter({ hasText: name })
const names = () => page.locator('[data-row] .truncate > bdi').allTextContents()
const view = (name: RegExp) => page.getByRole('navigation', { name: 'Розмови' }).getByRole('link', { name })
const place = () => new URL(page.url()).pathname + new URL(page.url()).search
/** A key as a Ukrainian layout gives it: the sign is Cyrillic, the place is the Latin letter's. */
async function press(key: string, code: string, modifiers = 0): Promise<void> {
  const session = await page.context().newCDPSession(page)
  for (const type of ['keyDown', 'keyUp'] as const) await session.send('Input.dispatchKeyEvent', { type, key, code, modifiers })
  await session.detach()
}

test('the views stand in the address with how many are in each, and a conversation moves between them by itself', async () => {
  await page.goto('/inbox')
  await row(olena.name).waitFor()
  await view(/^Усі 4$/).waitFor()
  await view(/^Мої 0$/).click()
  await page.getByText('Усе зроблено. Нових розмов для вас немає.').waitFor()
  expect(place()).toBe('/inbox/mine')
  await page.getByRole('link', { name: 'Без відповідального · 4' }).click()
  await row(petro.name).getByRole('link').click()
  await page.getByRole('button', { name: 'Взяти собі' }).click()
  await view(/^Мої 1$/).waitFor()
  await view(/^Без відп\. 3$/).waitFor()
  expect(place()).toBe(`/inbox/unassigned/${chats.get(petro.name)}`)
  await view(/^Мої 1$/).click()
  await row(petro.name).waitFor()
  expect(await names()).toEqual([petro.name])
})

test('opening a conversation by its address asks for each thing once', async () => {
  const asked: string[] = []
  const note = (request: Request) => /\/api\/v1\/(communications|channels|users|labels)/.test(request.url()) && asked.push(request.url())
  page.on('request', note)
  await page.goto(`/inbox/${chats.get(olena.name)}`)
  await page.getByRole('article').first().waitFor()
  await row(petro.name).waitFor()
  await page.getByRole('textbox', { name: 'Повідомлення' }).waitFor()
  await page.waitForLoadState('load')
  page.off('request', note)
  expect(asked.filter((url) => url.includes('/messages'))).toHaveLength(1)
  // What has been read is marked as read later, and the views are counted anew with each change.
  const repeated = asked.filter((url, at) => asked.indexOf(url) !== at && !url.includes('/counts'))
  expect(repeated).toEqual([])
})

test('filters narrow the list, can be shared as an address, and are dropped at once', async () => {
  await page.goto('/inbox?unread=1')
  await row(olena.name).waitFor()
  expect(await names()).not.toContain(petro.name)
  await page.goto('/inbox?label=VIP')
  await page.getByText('За цими фільтрами нічого немає.').waitFor()
  await page.getByRole('button', { name: 'Скинути фільтри' }).click()
  await row(petro.name).waitFor()
  expect(place()).toBe('/inbox')
})

test('a label is made, put on and filtered by; closing can be taken back', async () => {
  await row(olena.name).getByRole('link').click()
  await page.getByRole('group', { name: 'Дії з розмовою' }).getByRole('button', { name: 'Мітки' }).click()
  await page.getByRole('combobox', { name: 'Мітки' }).fill('Оплата')
  await page.getByRole('option', { name: 'Нова мітка «Оплата»' }).click()
  await page.keyboard.press('Escape')
  await row(olena.name).getByText('Оплата').waitFor()

  await page.getByRole('button', { name: 'Закрити розмову' }).click()
  await page.getByText('Розмову закрито.').waitFor()
  await page.getByRole('button', { name: 'Скасувати' }).click()
  await page.getByRole('button', { name: 'Закрити розмову' }).waitFor()

  await page.getByRole('button', { name: 'Відкласти' }).click()
  await page.getByRole('menuitem', { name: 'До завтра, 9:00' }).click()
  await page.goto('/inbox/snoozed')
  await row(olena.name).waitFor()
  await demo.phone(olena.phone, '/messages', { to: ours, type: 'text', text: 'Я ще тут' })
  await page.getByText('Відкладених розмов немає.').waitFor()
  expect(await names()).toEqual([])
})

test('search finds people at once and messages by their words, and opens at the message', async () => {
  await page.goto('/inbox')
  await row(olena.name).waitFor()
  await press('.', 'Slash')
  const field = page.getByRole('searchbox')
  await waitFor(() => field.evaluate((element) => element === element.ownerDocument.activeElement), {
    what: 'the search to have the focus',
  })
  await field.fill('КОВА')
  await page.getByRole('region', { name: 'Люди й розмови' }).getByText(olena.name).waitFor()
  await field.fill('lviv')
  const hit = page.getByRole('region', { name: 'Повідомлення' }).getByRole('link', { name: /Lviv/ })
  expect(await hit.locator('mark').textContent()).toBe('Lviv')
  await hit.click()
  await page.getByRole('article').filter({ hasText: john.text }).waitFor()
  expect(place()).toMatch(new RegExp(`^/inbox/${chats.get(john.name)}\\?q=lviv&m=msg_`))
  await field.fill('нічого такого')
  await page.getByText('Нічого не знайдено за «нічого такого».').waitFor()
  await page.getByRole('button', { name: 'Очистити пошук' }).click()
  await row(petro.name).waitFor()
})

test('a search leads from hit to hit within the conversation, marks the words, and can be left', async () => {
  const [ask, told] = ['Питаю про лак', 'Казали, що лак буде']
  for (const text of [ask, 'Між тим', told, 'А лак є?']) {
    await demo.phone(petro.phone, '/messages', { to: ours, type: 'text', text })
  }
  await row(petro.name).filter({ hasText: 'А лак є?' }).waitFor()
  const field = page.getByRole('searchbox', { name: 'Пошук' })
  await field.fill('лак')
  await page.getByRole('region', { name: 'Повідомлення' }).getByRole('link').filter({ hasText: told }).click()
  const bar = page.getByRole('search', { name: 'Знайдене в цій розмові' })
  await bar.getByText('2 з 3').waitFor()
  await waitFor(async () => (await page.evaluate(`[...(CSS.highlights.get('hits') ?? [])].map(String).join(' ')`)) === 'лак лак лак', {
    what: 'the words to be marked',
  })
  const at = place()
  await page.keyboard.press('F3')
  await bar.getByText('3 з 3').waitFor()
  expect(place()).not.toBe(at)
  expect(await bar.getByRole('button', { name: /давнішого/ }).isDisabled()).toBe(true)
  await page.keyboard.press('Shift+F3')
  await bar.getByText('2 з 3').waitFor()
  await bar.getByRole('button', { name: /новішого/ }).click()
  await bar.getByText('1 з 3').waitFor()
  await page.keyboard.press('ArrowUp')
  await bar.getByText('2 з 3').waitFor()
  expect(place()).toBe(at)
  await page.keyboard.press('Escape')
  await bar.waitFor({ state: 'detached' })
  expect(await page.evaluate(`CSS.highlights.has('hits')`)).toBe(false)
  expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('feed')
  await field.fill('')
})

test('nothing moves under the pointer, and what is new waits above', async () => {
  await page.goto('/inbox')
  await row(petro.name).waitFor()
  const before = await names()
  const last = people.find(({ name }) => name === before.at(-1)) ?? petro
  await row(before[1] ?? '').hover()
  await demo.phone(last.phone, '/messages', { to: ours, type: 'text', text: 'Алло?' })
  const above = page.getByRole('button', { name: /^1 нова/ })
  await above.waitFor()
  expect(await names()).toEqual(before)
  await above.click()
  await waitFor(async () => (await names())[0] === last.name, { what: 'the new order' })
})

test('several are chosen, closed together and brought back', async () => {
  await page.getByRole('button', { name: 'Вибрати кілька' }).click()
  for (const { name } of [petro, john]) await page.getByRole('checkbox', { name: `Вибрати розмову: ${name}` }).click()
  await page.getByText('Вибрано: 2').waitFor()
  await page.getByRole('group', { name: 'Дії з вибраними розмовами' }).getByRole('button', { name: 'Закрити', exact: true }).click()
  await page.getByText('Закрито: 2 розмови.').waitFor()
  await row(petro.name).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Скасувати' }).click()
  await row(petro.name).waitFor()
  await row(john.name).waitFor()
  expect(await names()).toHaveLength(people.length)
})

test('a conversation is begun with a number; one that cannot be is refused in words', async () => {
  await page.getByRole('button', { name: 'Нова розмова' }).click()
  const dialog = page.getByRole('dialog', { name: 'Нова розмова' })
  await dialog.getByLabel('Номер телефону').fill('067 123')
  await dialog.getByRole('button', { name: 'Почати розмову' }).click()
  await dialog.getByText('Введіть номер із кодом країни').waitFor()
  await dialog.getByLabel('Номер телефону').fill('+1 (415) 555-01-00')
  await dialog.getByRole('button', { name: 'Почати розмову' }).click()
  await page.getByRole('heading', { level: 1, name: john.name }).waitFor()
  expect(place()).toBe(`/inbox/${chats.get(john.name)}`)
})

test('the palette opens by Ctrl K on a Cyrillic layout and finds a deed by a word of the other language', async () => {
  await press('л', 'KeyK', 2)
  const palette = page.getByRole('dialog', { name: 'Швидкий перехід' })
  await palette.getByRole('combobox').fill('dark')
  await palette.getByRole('option', { name: 'Темна тема' }).waitFor()
  await page.keyboard.press('Enter')
  await waitFor(() => page.evaluate("getComputedStyle(document.documentElement).colorScheme === 'dark'"), { what: 'the dark theme' })
  await press('л', 'KeyK', 2)
  await palette.getByRole('combobox').fill('олен')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: olena.name }).waitFor()
  await page.getByRole('heading', { level: 1, name: olena.name }).click()
  await press('о', 'KeyJ')
  await waitFor(async () => (await page.getByRole('heading', { level: 1 }).textContent()) !== olena.name, { what: 'the next conversation' })
  expect(place()).not.toContain(chats.get(olena.name))
})

test('the contact panel shows who it is, keeps a new name, and joins the same person listed twice', async () => {
  await page.goto(`/inbox/${chats.get(john.name)}`)
  await page.getByRole('button', { name: 'Контакт', exact: true }).click()
  const panel = page.getByRole('complementary', { name: 'Контакт' })
  await panel.getByText(john.phone).waitFor()
  await panel.getByRole('button', { name: 'Змінити ім’я' }).click()
  await panel.getByLabel('Ім’я').fill('John C.')
  await panel.getByRole('button', { name: 'Зберегти' }).click()
  await page.getByRole('heading', { level: 1, name: 'John C.' }).waitFor()
  await panel.getByRole('button', { name: 'Об’єднати з іншим контактом' }).click()
  await page.getByRole('combobox', { name: 'Ім’я або номер' }).fill('Мар’яна')
  await page.getByRole('option', { name: /Шевченко/ }).click()
  await page.getByText('Об’єднано з «Мар’яна Шевченко».').waitFor()
  const taken = page.waitForResponse((response) => response.url().endsWith('/unmerge'))
  await page.getByRole('button', { name: 'Скасувати' }).click()
  expect((await taken).status()).toBe(200)
})

test('a session that ended elsewhere asks to sign in over the page, which keeps what was typed', async () => {
  await page.goto(`/inbox/${chats.get(olena.name)}`)
  const input = page.getByRole('textbox', { name: 'Повідомлення' })
  await input.fill('Ще не надіслано')
  await page.context().clearCookies()
  const dialog = page.getByRole('dialog', { name: 'Вхід' })
  // Where the page has asked the server for something else by now, the dialog lies over the button already.
  const close = page.getByRole('button', { name: 'Закрити розмову' })
  await Promise.race([close.click().catch(() => undefined), dialog.waitFor()])
  await dialog.getByText('Сеанс завершено. Увійдіть знову, чернетки збережено.').waitFor()
  await dialog.getByLabel('Пароль', { exact: true }).fill(demo.password)
  await dialog.getByRole('button', { name: 'Увійти' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await input.inputValue()).toBe('Ще не надіслано')
})

test('no script failed, nothing was refused by the content policy, nothing was asked of other servers', () => {
  expect(watched.faults).toEqual([])
})
