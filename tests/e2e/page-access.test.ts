import axe, { type AxeResults } from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo } from './browser.ts'
import { fillInbox, ours, people, signIn } from './inbox-world.ts'
import { cutOff, frameless, smaller, tooWide } from './layout-faults.ts'
import { lengthenWords } from './longer-words.ts'
import { waitFor } from './wait.ts'

let browser: Browser
let demo: Demo
let page: Page
/** The same person on a phone: what is pressed there is pressed with a finger. */
let phone: Page
let thread: string

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  // axe is put into the page as a script, which the page's own policy rightly forbids.
  page = (await openPage(browser, demo, { bypassCSP: true, reducedMotion: 'reduce' })).page
  page.setDefaultTimeout(20_000)
  await signIn(page, demo)
  const storageState = await page.context().storageState()
  const touch = { storageState, bypassCSP: true, reducedMotion: 'reduce', hasTouch: true, isMobile: true } as const
  phone = (await openPage(browser, demo, touch)).page
  phone.setDefaultTimeout(20_000)
  thread = `/inbox/${(await fillInbox(page, demo)).get(people[0].name)}`
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

const sections = ['numbers', 'account', 'people', 'labels', 'canned', 'roads', 'cloud', 'system', 'keys', 'retention', 'audit', 'profile']
const routes = () => ['/inbox', '/inbox/mine', '/inbox?q=lviv', thread, '/connect', '/ops', ...sections.map((name) => `/settings/${name}`)]
const sizes = [
  { width: 1366, height: 768 },
  { width: 390, height: 844 },
  { width: 320, height: 640 },
]

/** Goes on inside of the page, which is far quicker than loading it anew for each look. */
async function goTo(page: Page, address: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(address)})`)
  await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
  await waitFor(async () => (await page.getByText(/^(Завантаження|Löàdîng)…/).count()) === 0, { what: `${address} to be loaded` })
  // A list of this kind draws its rows one frame after itself.
  const isDrawn = "[...document.querySelectorAll('[role=feed]')].every((feed) => feed.querySelector('article'))"
  await waitFor(() => page.evaluate(isDrawn), { what: `the messages of ${address} to be drawn` })
}

async function violations(page: Page, where: string): Promise<readonly string[]> {
  const { violations: found } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults
  return found.map(({ id, nodes }) => `${where}: ${id} at ${nodes[0]?.html.slice(0, 200)}`)
}

test.each([
  ['light', sizes[0]],
  ['light', sizes[1]],
  ['light', sizes[2]],
  ['dark', sizes[0]],
  ['dark', sizes[1]],
  ['dark', sizes[2]],
] as const)('every screen, %s, at %o: axe finds nothing, all can be pressed, nothing runs over the edge', async (colorScheme, size) => {
  const isNarrow = (size?.width ?? 0) < 640
  const looked = isNarrow ? phone : page
  await looked.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await looked.setViewportSize(size ?? { width: 1366, height: 768 })
  await looked.goto('/inbox')
  await looked.locator('[data-row]').first().waitFor()
  await looked.evaluate(axe.source)
  const found: string[] = []
  for (const route of routes()) {
    await goTo(looked, route)
    found.push(...(await violations(looked, route)))
    const small = (await looked.evaluate(smaller(isNarrow ? 44 : 24))) as readonly string[]
    found.push(...small.map((one) => `${route}: too small: ${one}`))
    if (await looked.evaluate(tooWide)) found.push(`${route}: wider than the window`)
  }
  expect(found).toEqual([])
})

test('layers over the page: axe finds nothing in them either', async () => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 1366, height: 768 })
  await page.goto(thread)
  await page.getByRole('article').first().waitFor()
  await page.evaluate(axe.source)
  const layers: Readonly<Record<string, () => Promise<void>>> = {
    palette: () => page.keyboard.press('Control+k'),
    'owner picker': () => page.getByRole('button', { name: /^Відповідальний:/ }).click(),
    'label picker': () => page.getByRole('group', { name: 'Дії з розмовою' }).getByRole('button', { name: 'Мітки' }).click(),
    'snooze menu': () => page.getByRole('button', { name: 'Відкласти' }).click(),
    'new conversation': () => page.getByRole('button', { name: 'Нова розмова' }).click(),
    'more lists': () => page.getByRole('button', { name: 'Інші розділи списку' }).click(),
  }
  const found: string[] = []
  for (const [name, open] of Object.entries(layers)) {
    await open()
    await page.locator('dialog[open], :popover-open').first().waitFor()
    await waitFor(async () => (await page.locator(':is(dialog[open], :popover-open) :is(input, button)').count()) > 0, { what: name })
    found.push(...(await violations(page, name)))
    await page.keyboard.press('Escape')
    await page.locator('dialog[open], :popover-open').waitFor({ state: 'detached' })
  }
  expect(found).toEqual([])
})

test.each([
  ['light', sizes[0]],
  ['dark', sizes[1]],
  ['light', sizes[2]],
] as const)('what opens in the settings, %s, at %o: axe finds nothing, and nothing runs over the edge', async (colorScheme, size) => {
  const looked = (size?.width ?? 0) < 640 ? phone : page
  await looked.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await looked.setViewportSize(size ?? { width: 1366, height: 768 })
  await looked.goto('/inbox')
  await looked.locator('[data-row]').first().waitFor()
  await looked.evaluate(axe.source)
  const number = looked.getByRole('listitem').filter({ hasText: ours })
  const layers: readonly (readonly [string, Locator])[] = [
    ['labels', looked.getByRole('button', { name: 'Нова мітка' })],
    ['canned', looked.getByRole('button', { name: 'Нова відповідь' })],
    ['people', looked.getByRole('button', { name: 'Додати людину' })],
    ['keys', looked.getByRole('button', { name: 'Новий ключ' })],
    ['numbers', number.getByRole('button', { name: 'Змінити' })],
    ['numbers', number.getByRole('button', { name: 'Вилучені чати' })],
    ['numbers', number.getByRole('button', { name: 'Відключити' })],
  ]
  const found: string[] = []
  for (const [section, opener] of layers) {
    await goTo(looked, `/settings/${section}`)
    await opener.click()
    await looked.locator('dialog[open] :is(input, button)').first().waitFor()
    found.push(...(await violations(looked, section)))
    if (await looked.evaluate(tooWide)) found.push(`${section}: wider than the window`)
    await looked.keyboard.press('Escape')
    await looked.locator('dialog[open]').waitFor({ state: 'detached' })
  }
  expect(found).toEqual([])
})

test.each(['light', 'dark'] as const)('before sign-in, %s: axe finds nothing', async (colorScheme) => {
  const { page: outside } = await openPage(browser, demo, { bypassCSP: true, reducedMotion: 'reduce', colorScheme })
  const found: string[] = []
  for (const size of sizes) {
    await outside.setViewportSize(size)
    await outside.goto('/settings/labels')
    await outside.getByRole('button', { name: 'Увійти' }).waitFor()
    await outside.evaluate(axe.source)
    found.push(...(await violations(outside, `sign-in ${size.width}`)))
    found.push(...((await outside.evaluate(smaller(24))) as string[]))
    if (await outside.evaluate(tooWide)) found.push('wider than the window')
  }
  await outside.context().close()
  expect(found).toEqual([])
})

test('text twice as large and with the widest spacing: nothing runs over the edge, no words are cut off', async () => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto('/inbox')
  await page.locator('[data-row]').first().waitFor()
  await page.addStyleTag({
    content:
      'html { font-size: 200% !important } * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
  })
  const found: string[] = []
  for (const route of routes()) {
    await goTo(page, route)
    if (await page.evaluate(tooWide)) found.push(`${route}: wider than the window`)
    found.push(...((await page.evaluate(cutOff)) as string[]).map((one) => `${route}: cut off: ${one}`))
  }
  expect(found).toEqual([])
})

test.each([sizes[0], sizes[1]])(
  'in a language a third longer, with marks on its letters, at %o: nothing runs over the edge, no words are cut off',
  async (size) => {
    const storageState = await page.context().storageState()
    const options = { storageState, bypassCSP: true, reducedMotion: 'reduce', locale: 'en-GB', viewport: size ?? null } as const
    const { page: longer } = await openPage(browser, demo, options)
    await longer.addInitScript(lengthenWords)
    await longer.goto('/inbox')
    await longer.locator('[data-row]').first().waitFor()
    const found: string[] = []
    for (const route of routes()) {
      await goTo(longer, route)
      if (!/[àéîöû]/.test((await longer.locator('body').textContent()) ?? '')) found.push(`${route}: its words are as they were`)
      if (await longer.evaluate(tooWide)) found.push(`${route}: wider than the window`)
      found.push(...((await longer.evaluate(cutOff)) as string[]).map((one) => `${route}: cut off: ${one}`))
    }
    await longer.context().close()
    expect(found).toEqual([])
  },
)

test('read from right to left, in forced colours and without motion: every screen holds', async () => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce', forcedColors: 'active' })
  await page.setViewportSize({ width: 1366, height: 768 })
  await page.goto(thread)
  await page.getByRole('article').first().waitFor()
  const found: string[] = []
  for (const dir of ['rtl', 'ltr']) {
    for (const route of routes()) {
      await goTo(page, route)
      await page.evaluate(`document.documentElement.dir = '${dir}'`)
      if (await page.evaluate(tooWide)) found.push(`${route}, ${dir}: wider than the window`)
      found.push(...((await page.evaluate(frameless)) as string[]).map((one) => `${route}: no frame: ${one}`))
      const moving = await page.evaluate("document.getAnimations().filter(({ playState }) => playState === 'running').length")
      if (moving !== 0) found.push(`${route}: ${String(moving)} things move`)
    }
  }
  await goTo(page, thread)
  await page.getByRole('article').first().waitFor()
  await page.evaluate("document.documentElement.dir = 'rtl'")
  const begin = (found: Locator) => found.first().evaluate((element) => element.getBoundingClientRect().x)
  expect(await begin(page.locator('[data-row]'))).toBeGreaterThan(await begin(page.getByRole('article')))
  await page.evaluate("document.documentElement.dir = 'ltr'")
  await page.emulateMedia({ forcedColors: 'none' })
  expect(found).toEqual([])
})

/** What has the focus now, as far as it can be seen: its name, and whether anything lies over it. */
const focused = `(() => {
  const element = document.activeElement
  const { left, top, width, height } = element.getBoundingClientRect()
  const at = document.elementFromPoint(left + width / 2, top + height / 2)
  const name = element.getAttribute('aria-label') || element.textContent || ''
  return { name: name.trim().slice(0, 60), isSeen: element === document.body || element.contains(at) || at?.contains(element) === true }
})()`

async function tabTo(what: RegExp): Promise<void> {
  const seen: string[] = []
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab')
    const { name, isSeen } = (await page.evaluate(focused)) as { name: string; isSeen: boolean }
    if (!isSeen) throw new Error(`the focus is covered at ${name}`)
    if (what.test(name)) return
    seen.push(name)
  }
  throw new Error(`the Tab key does not reach ${what}: ${seen.join(' | ')}`)
}

test('by keyboard alone: sign in, filter, open, take, answer, note, close', async () => {
  await page.context().clearCookies()
  await page.goto('/inbox')
  await page.getByLabel('Електронна пошта').focus()
  await page.keyboard.insertText(demo.email)
  await page.keyboard.press('Tab')
  await page.keyboard.insertText(demo.password)
  await page.keyboard.press('Enter')
  await page.locator('[data-row]').first().waitFor()
  await tabTo(/^Непрочитані$/)
  await page.keyboard.press('Enter')
  await waitFor(() => new URL(page.url()).searchParams.get('unread') === '1', { what: 'the filter' })
  await page.keyboard.press('Enter')
  await tabTo(/Lviv|доставка|отримала|фарба/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('article').first().waitFor()
  await tabTo(/^Взяти собі$/)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Відповідальний: Ви' }).waitFor()
  await tabTo(/^Закрити розмову$/)
  await page.keyboard.press('Shift+Tab')
  const input = page.getByRole('textbox', { name: 'Повідомлення' })
  for (let step = 0; step < 40 && !(await input.evaluate((element) => element === element.ownerDocument.activeElement)); step += 1) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.insertText('Так, є')
  await page.keyboard.press('Enter')
  await page.getByRole('article').filter({ hasText: 'Так, є' }).waitFor()
  const leave = () => page.evaluate('document.activeElement.blur()')
  await leave()
  await page.keyboard.press('n')
  await page.keyboard.insertText('обіцяв зателефонувати')
  await page.keyboard.press('Enter')
  const note = page.getByRole('feed').getByText('обіцяв зателефонувати')
  await note.waitFor()
  const writtenTo = await Promise.all(people.map(({ phone: theirs }) => demo.received(theirs)))
  expect(writtenTo.flat().filter(({ text }) => text === 'обіцяв зателефонувати')).toEqual([])
  await leave()
  await page.keyboard.press('e')
  await page.getByText('Розмову закрито.').waitFor()
  expect(await page.getByRole('button', { name: 'Відкрити знову' }).isVisible()).toBe(true)
})

test('scrolling a thread announces nothing, a new message is announced once', async () => {
  for (let count = 1; count <= 40; count += 1) {
    await demo.phone(people[0].phone, '/messages', { to: ours, type: 'text', text: `рядок ${count}` })
  }
  // One who has read all is at the end.
  await page.goto(thread)
  await page.getByRole('article').first().waitFor()
  await page.request.post(`/api/v1/communications/conversations/${thread.split('/').at(-1)}/read`, {
    data: {},
    headers: { origin: demo.url },
  })
  await page.goto(thread)
  const article = (text: string) => page.getByRole('article').filter({ hasText: text })
  await article('рядок 40').waitFor()
  await page.evaluate(`(() => {
    globalThis.said = []
    const live = [...document.querySelectorAll('[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output')]
    globalThis.around = live.filter((region) => region.querySelector('article')).length
    const hear = new MutationObserver((changes) => changes.forEach(({ target }) => globalThis.said.push(target.textContent)))
    for (const region of live) hear.observe(region, { childList: true, characterData: true, subtree: true })
  })()`)
  expect(await page.evaluate('globalThis.around')).toBe(0)
  const feed = page.getByRole('feed')
  await feed.hover()
  for (let step = 0; step < 12; step += 1) await page.mouse.wheel(0, step < 6 ? -600 : 600)
  await article('рядок 40').waitFor()
  await page.waitForTimeout(500)
  expect(await page.evaluate('globalThis.said')).toEqual([])
  await demo.phone(people[0].phone, '/messages', { to: ours, type: 'text', text: 'ще одне' })
  await article('ще одне').waitFor()
  const told = async () => ((await page.evaluate('globalThis.said')) as string[]).filter((text) => text.includes('ще одне'))
  await waitFor(async () => (await told()).length > 0, { what: 'the new message to be announced' })
  await page.waitForTimeout(500)
  expect((await told()).length).toBe(1)
})
