import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attacks } from './attacks.ts'
import { type Demo, openBrowser, openPage, startDemo, type WatchedPage } from './browser.ts'
import { waitFor } from './wait.ts'

const ours = '+380671234567'
const olena = '+380501112233'
const ivan = '+380502223344'
const evil = '+380503334455'

let browser: Browser
let demo: Demo
let watched: WatchedPage
let page: Page

const message = (text: string | RegExp) => page.getByRole('article').filter({ hasText: text })
const input = () => page.getByRole('textbox', { name: 'Повідомлення', exact: true })
const feed = () => page.getByRole('feed')
const openChat = async (name: string) => {
  // Under the pointer the list keeps its order, and says above that there is something new.
  await page.mouse.move(900, 400)
  await page.getByRole('listitem').filter({ hasText: name }).getByRole('link').click()
  await page.getByRole('heading', { name, level: 1 }).waitFor()
}
const say = (from: string, body: object) => demo.phone(from, '/messages', { to: ours, type: 'text', ...body })
const tick = (text: string) => message(text).locator('[data-tick]').getAttribute('data-tick')
/** Where the message stands in the window; undefined while it is not drawn. */
const topOf = async (text: string | RegExp) => (await message(text).boundingBox())?.y

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  watched = await openPage(browser, demo, { permissions: ['microphone'] })
  page = watched.page
  await page.goto('/connect')
  await page.getByLabel('Електронна пошта').fill(demo.email)
  await page.getByLabel('Пароль', { exact: true }).fill(demo.password)
  await page.getByRole('button', { name: 'Увійти' }).click()
  await page.getByRole('button', { name: 'Показати код' }).click()
  await page.getByRole('button', { name: 'Зрозуміло, копіювати чати' }).click()
  const qr = page.getByRole('img', { name: /^QR-код/ })
  await demo.phone(ours, '/scan', { data: await qr.getAttribute('data-qr') })
  await page.getByText(`Підключено: ${ours}`).waitFor()
  for (const [phone, name] of [
    [olena, 'Олена Коваль'],
    [ivan, 'Іван Ткач'],
  ] as const) {
    await demo.phone(phone, '', { name })
  }
  for (let number = 1; number <= 150; number += 1) await say(ivan, { text: `Рядок номер ${number}.` })
  await page.goto('/inbox')
  await page.getByRole('listitem').filter({ hasText: 'Рядок номер 150.' }).waitFor({ timeout: 120_000 })
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

test('a chat opens at the first unread message, with a line that stays until one leaves', async () => {
  const row = page.getByRole('listitem').filter({ hasText: 'Іван Ткач' })
  await openChat('Іван Ткач')
  await page.getByText('150 нових повідомлень').waitFor()
  await message(/Рядок номер 1\./).waitFor()
  await page.getByRole('button', { name: /нових? нижче|нове нижче/ }).click()
  await message('Рядок номер 150.').waitFor()
  await row.getByText('непрочитан').waitFor({ state: 'detached' })
  await openChat('Іван Ткач')
  await say(olena, { text: 'Добрий день' })
  await openChat('Олена Коваль')
  await message('Добрий день').waitFor()
  await openChat('Іван Ткач')
  await message('Рядок номер 150.').waitFor()
  expect(await page.locator('[data-unread-line]').count()).toBe(0)
})

test('older messages come without a jump: what one reads stays where it is', async () => {
  await page.reload()
  await message('Рядок номер 150.').waitFor()
  const gates: (() => void)[] = []
  await page.route(/before=/, async (route) => {
    await new Promise<void>((resolve) => gates.push(resolve))
    await route.continue()
  })
  for (let round = 0; round < 2; round += 1) {
    await feed().hover()
    await page.mouse.wheel(0, -4_000)
    await waitFor(() => gates.length > round, { what: 'older ones to be asked for' })
    await page.waitForTimeout(800)
    const text = await feed().evaluate((region) => {
      const { top } = (region as unknown as { getBoundingClientRect(): { top: number } }).getBoundingClientRect()
      const rows = [...(region as unknown as { querySelectorAll(what: string): Iterable<never> }).querySelectorAll('article')]
      const seen = rows.find((row: { getBoundingClientRect(): { top: number } }) => row.getBoundingClientRect().top > top + 170)
      return /Рядок номер \d+\./.exec((seen as unknown as { innerText: string }).innerText)?.[0] ?? ''
    })
    const before = await topOf(text)
    gates[round]?.()
    await page.getByText('Завантажуємо старіші…').waitFor({ state: 'detached' })
    await page.waitForTimeout(500)
    expect(Math.abs(((await topOf(text)) ?? -999) - (before ?? 0))).toBeLessThanOrEqual(1)
  }
  await page.unroute(/before=/)
})

test('a quote leads to its message wherever it stands, and back to the end', async () => {
  await page.getByRole('button', { name: /До останніх|нижче/ }).click()
  const { id } = await demo.make<{ id: string }>(`/phones/${encodeURIComponent(ivan)}/messages`, { to: ours, text: 'Про що я питав?' })
  expect(id).toBeTruthy()
  await message('Про що я питав?').waitFor()
  const list = page.waitForResponse((response) => response.url().includes('/messages?'))
  await page.reload()
  const { items } = (await (await list).json()) as { items: { id: string; conversation_id: string }[] }
  const [newest] = items
  const oldest = (await page.evaluate(
    async (url) => (await (await fetch(url)).json()) as unknown,
    `/api/v1/communications/conversations/${newest?.conversation_id}/messages?limit=200`,
  )) as { items: { id: string; text: string }[] }
  const target = oldest.items.find(({ text }) => text === 'Рядок номер 3.')
  await page.goto(`${new URL(page.url()).pathname}?m=${target?.id}`)
  await message(/Рядок номер 3\./).waitFor()
  expect(await topOf(/Рядок номер 3\./)).toBeGreaterThan(50)
  expect(await message('Про що я питав?').count()).toBe(0)

  // What comes meanwhile is not put behind a hole, and the end is one press away.
  await say(ivan, { text: 'Щойно сказано' })
  await page.getByRole('button', { name: /нижче|До останніх/ }).click()
  await message('Щойно сказано').waitFor()
  await message('Рядок номер 150.').waitFor()
})

test('by keyboard alone: from message to message, into the actions, to an answer and its quote', async () => {
  await feed().focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate('document.activeElement.getAttribute("role") ?? document.activeElement.tagName')).toBe('ARTICLE')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Що зробити з цим повідомленням' }).getByRole('button', { name: 'Реакція 👍' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('KeyR')
  await page.getByText('Відповідь на').waitFor()
  await input().fill('Відповідаю')
  await input().press('Enter')
  await waitFor(async () => (await tick('Відповідаю')) === 'delivered', { what: 'the answer', timeout: 60_000 })
  const quote = message('Відповідаю').getByRole('button', { name: /Рядок|Про що|Щойно/ })
  await quote.click()

  await input().focus()
  await page.keyboard.press('ArrowUp')
  await page.getByRole('textbox', { name: 'Змінити повідомлення' }).fill('Відповідаю точніше')
  await page.getByRole('button', { name: 'Зберегти' }).click()
  await message('Відповідаю точніше').getByText('змінено').waitFor()
})

test('several files go in the order that was chosen, each with its own words', async () => {
  await openChat('Олена Коваль')
  const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 64, height: 48 } })
  await page.locator('input[type=file]').setInputFiles([
    { name: 'перший.png', mimeType: 'image/png', buffer: picture },
    { name: 'другий.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 x') },
    { name: 'третій.png', mimeType: 'image/png', buffer: picture },
  ])
  await page.getByLabel('Підпис: перший.png').fill('Слова першого')
  await page.getByRole('button', { name: 'Раніше: третій.png' }).click()
  await page.getByRole('button', { name: 'Прибрати: другий.pdf' }).click()
  await page.getByLabel('Підпис: третій.png').fill('Слова третього')
  await page.getByRole('button', { name: 'Надіслати', exact: true }).click()
  await waitFor(async () => (await demo.received(olena)).length === 2, { what: 'both pictures', timeout: 60_000 })
  expect((await demo.received(olena)).map(({ type, text }) => [type, text])).toEqual([
    ['image', 'Слова першого'],
    ['image', 'Слова третього'],
  ])
})

test('a voice note is recorded, listened to and sent as one', async () => {
  await page.getByRole('button', { name: 'Записати голосове' }).click()
  await page.getByRole('timer').getByText('0:02').waitFor()
  await page.getByRole('button', { name: 'Зупинити й прослухати' }).click()
  await page.getByRole('slider', { name: 'Місце в записі' }).waitFor()
  await page.getByRole('button', { name: 'Надіслати голосове' }).click()
  await waitFor(async () => (await demo.received(olena)).at(-1)?.type === 'voice', { what: 'the voice note', timeout: 60_000 })
  const sent = (await demo.received(olena)).at(-1) as unknown as { readonly media: { readonly mime_type: string } }
  expect(sent.media.mime_type).toMatch(/^audio\/ogg/)

  await page.getByRole('button', { name: 'Записати голосове' }).click()
  await page.getByRole('timer').waitFor()
  await page.getByRole('button', { name: 'Видалити запис' }).click()
  await input().waitFor()
})

test('an emoji is found by its Ukrainian name and put where the caret is', async () => {
  await input().fill('Дякую!')
  await input().press('Home')
  await page.getByRole('button', { name: 'Емодзі' }).click()
  await page.getByRole('searchbox', { name: 'Пошук емодзі' }).fill('сонце')
  await page.keyboard.press('Enter')
  await page.getByRole('searchbox', { name: 'Пошук емодзі' }).waitFor({ state: 'detached' })
  expect(await input().inputValue()).toMatch(/^\p{RGI_Emoji}Дякую!$/v)
  await input().fill('')
})

test('a canned reply is found by / and filled in, and goes only when nothing is left open; an emoji is found after :', async () => {
  for (const body of [
    { shortcut: 'вітання', title: 'Привітання', text: 'Добрий день, {{contact.name}}!', access: 'personal' },
    { shortcut: 'рахунок', title: 'Рахунок', text: 'Ваш рахунок {{number}} готовий.', access: 'team' },
  ]) {
    const headers = { origin: demo.url, 'idempotency-key': body.access }
    expect((await page.request.post('/api/v1/canned-replies', { data: body, headers })).status()).toBe(201)
  }
  await input().fill('')
  await input().pressSequentially('/віт')
  await page.getByRole('option', { name: /Добрий день, Олена Коваль!/ }).waitFor()
  await input().press('Enter')
  expect(await input().inputValue()).toBe('Добрий день, Олена Коваль!')
  await input().fill('')

  await input().pressSequentially('/рах')
  await page.getByRole('option', { name: /Рахунок/ }).click()
  await page.getByText('Заповніть, перш ніж надсилати: number.').waitFor()
  await input().press('Enter')
  expect(await page.getByRole('button', { name: 'Надіслати', exact: true }).isDisabled()).toBe(true)
  // What is to be filled in is chosen already.
  await page.keyboard.type('117')
  expect(await input().inputValue()).toBe('Ваш рахунок 117 готовий.')
  await page.keyboard.press('End')
  await input().pressSequentially(' :сонце')
  await page.getByRole('option').first().waitFor()
  await input().press('Enter')
  expect(await input().inputValue()).toMatch(/^Ваш рахунок 117 готовий\. \p{RGI_Emoji} $/v)

  await input().press('Control+Shift+Enter')
  await page.getByText('Розмову закрито.').waitFor()
  await waitFor(async () => (await demo.received(olena)).at(-1)?.text?.startsWith('Ваш рахунок 117') === true, {
    what: 'the reply',
    timeout: 60_000,
  })
  await page.getByRole('button', { name: 'Скасувати' }).click()
})

test('somebody of a group is named by @', async () => {
  const { id } = await demo.make<{ id: string }>('/groups', { name: 'Бригада', members: [ours, olena, ivan] })
  await demo.phone(olena, '/messages', { group: id, type: 'text', text: 'Хто завтра?' })
  await openChat('Бригада')
  await input().pressSequentially('Буде @Ів')
  await page.getByRole('option', { name: /Іван Ткач/ }).waitFor()
  await input().press('Enter')
  await input().pressSequentially('о восьмій')
  await input().press('Enter')
  await waitFor(async () => (await demo.received(olena)).some(({ text }) => text?.includes('о восьмій') === true), {
    what: 'the message',
    timeout: 60_000,
  })
  const received = (await demo.received(olena)).find(({ text }) => text?.includes('о восьмій') === true)
  expect(received).toMatchObject({ mentions: [ivan] })
})

test('with the server stopped nothing typed is lost, the page says so, and each message stands once and in order', async () => {
  await openChat('Олена Коваль')
  await demo.restart(async () => {
    await page.getByText('Відновлюємо з’єднання').waitFor()
    for (const text of ['Перше без сервера', 'Друге без сервера']) {
      await input().fill(text)
      await input().press('Enter')
    }
    await input().fill('Не дописане')
    await message('Друге без сервера').getByText('Чекає на мережу').waitFor()
  })
  await waitFor(async () => (await tick('Друге без сервера')) === 'delivered', { what: 'both to go', timeout: 120_000 })
  expect(await input().inputValue()).toBe('Не дописане')
  await page.getByText('Відновлюємо з’єднання').waitFor({ state: 'detached' })
  for (const text of ['Перше без сервера', 'Друге без сервера']) expect(await message(text).count()).toBe(1)
  expect((await demo.received(olena)).slice(-2).map(({ text }) => text)).toEqual(['Перше без сервера', 'Друге без сервера'])
  await page.reload()
  await message('Друге без сервера').waitFor()
  expect(await message('Перше без сервера').count()).toBe(1)
  expect(await input().inputValue()).toBe('Не дописане')
  await input().fill('')
})

test('a note is read by colleagues alone, who see each other there; its writer changes and deletes it', async () => {
  const colleague = { email: 'maria@mistok.test', name: 'Марія', password: 'a long enough password', role: 'agent' }
  const made = await page.evaluate(
    async (body) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'maria' }
      return (await fetch('/api/v1/users', { method: 'POST', headers, body: JSON.stringify(body) })).status
    },
    { ...colleague, role: 'admin' },
  )
  expect(made).toBe(201)
  const channels = (await page.evaluate(async () => (await fetch('/api/v1/channels')).json() as unknown)) as {
    items: { id: string; phone: string }[]
  }
  const shared = await page.evaluate(
    async (id) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'share' }
      return (await fetch(`/api/v1/channels/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ access: 'shared' }) })).status
    },
    channels.items.find(({ phone }) => phone === ours)?.id,
  )
  expect(shared).toBe(200)
  const { page: other } = await openPage(browser, demo)
  await other.goto(new URL(page.url()).pathname)
  await other.getByLabel('Електронна пошта').fill(colleague.email)
  await other.getByLabel('Пароль', { exact: true }).fill(colleague.password)
  await other.getByRole('button', { name: 'Увійти' }).click()
  await other.getByRole('feed').waitFor()
  await page.getByText('Теж переглядають: Марія').waitFor()
  await other.getByRole('textbox', { name: 'Повідомлення', exact: true }).pressSequentially('Пишу')
  await page.getByText('Марія: пишуть відповідь…').waitFor()

  const before = (await demo.received(olena)).length
  await page.getByRole('button', { name: 'Нотатка', exact: true }).click()
  await page.getByRole('textbox', { name: 'Нотатка' }).fill('Лише для своїх')
  await page.getByRole('textbox', { name: 'Нотатка' }).press('Enter')
  const note = message('Лише для своїх')
  await note.getByText('Бачить лише команда').waitFor()
  await other.getByRole('article').filter({ hasText: 'Лише для своїх' }).waitFor()
  expect(await other.getByRole('button', { name: 'Змінити нотатку' }).count()).toBe(0)

  await note.hover()
  await note.getByRole('button', { name: 'Змінити нотатку' }).click()
  await page.getByRole('textbox', { name: 'Змінити нотатку' }).fill('Лише для своїх, точніше')
  await page.getByRole('button', { name: 'Зберегти' }).click()
  await other.getByRole('article').filter({ hasText: 'точніше' }).waitFor()
  await note.hover()
  await note.getByRole('button', { name: 'Видалити нотатку' }).click()
  await note.getByRole('button', { name: 'Видалити нотатку' }).click()
  await other.getByRole('article').filter({ hasText: 'Лише для своїх' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Відповідь', exact: true }).click()
  expect(await demo.received(olena)).toHaveLength(before)
  await other.context().close()
})

test('a hostile contact runs nothing, leads nowhere unseen, and breaks no layout', async () => {
  await demo.phone(evil, '', { name: `<img src=x onerror="window.hacked=1">\u202E${'Ж'.repeat(80)}` })
  const payload = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>window.hacked=1</script></svg>').toString('base64')
  const svg = { data: payload, mime_type: 'image/svg+xml' }
  for (const text of attacks) await say(evil, { text })
  await say(evil, { type: 'image', text: '<b>svg</b>', media: svg })
  await say(evil, { type: 'document', file_name: 'ann\u202Egpj.exe', text: attacks[0] })
  await say(evil, { type: 'document', file_name: 'x.html', media: { data: payload, mime_type: 'text/html' } })
  await say(evil, { type: 'location', latitude: 50, longitude: 30, name: attacks[0], address: attacks[2] })
  await say(evil, { type: 'contacts', contacts: [{ name: attacks[1], phone: olena }] })
  await say(evil, { type: 'poll', question: attacks[2], options: [attacks[0], attacks[1]] })
  await say(evil, { text: 'Останнє' })
  const row = page.getByRole('listitem').filter({ hasText: 'onerror' })
  await row.filter({ hasText: String(attacks.length + 7) }).waitFor()
  await row.getByRole('link').click()
  await page.getByRole('button', { name: /нижче|До останніх/ }).click()
  await message('Останнє').waitFor()
  await page.setViewportSize({ width: 390, height: 844 })
  await page.waitForTimeout(300)
  for (let step = 0; step < 60; step += 1) {
    await feed().hover()
    await page.mouse.wheel(0, -700)
    await page.waitForTimeout(30)
    const found = (await page.evaluate(`({
      hacked: window.hacked,
      wide: document.documentElement.scrollWidth > innerWidth,
      spread: [...document.querySelectorAll('[role=feed] article')].some((one) => one.scrollWidth > one.clientWidth + 1),
      links: [...document.querySelectorAll('[role=feed] a')].map((one) => one.href).filter((href) => !/^(https?|mailto|tel):/.test(href)),
    })`)) as { hacked?: number; wide: boolean; spread: boolean; links: string[] }
    expect(found).toEqual({ wide: false, spread: false, links: [] })
  }
  await page.setViewportSize({ width: 1280, height: 720 })
  expect(await page.getByText('(evil.example)').count()).toBeGreaterThan(0)
})

test.each(['light', 'dark'] as const)('axe finds nothing in a thread with its actions open: %s', async (colorScheme) => {
  const options = { storageState: await page.context().storageState(), bypassCSP: true, reducedMotion: 'reduce', colorScheme } as const
  const { page: looked } = await openPage(browser, demo, options)
  for (const name of ['Олена Коваль', 'Бригада']) {
    await looked.goto('/inbox')
    await looked.getByRole('listitem').filter({ hasText: name }).getByRole('link').click()
    const row = looked.getByRole('article').last()
    await row.waitFor()
    await row.hover()
    await row.getByRole('button', { name: 'Що зробити з цим повідомленням' }).click()
    await looked.evaluate(axe.source)
    const { violations } = (await looked.evaluate('axe.run()')) as AxeResults
    expect(violations.map(({ id, nodes }) => `${name}: ${id} at ${nodes[0]?.html}`)).toEqual([])
  }
  await looked.context().close()
})

test('no script failed, nothing was refused by the content policy, nothing was asked of other servers', () => {
  expect(watched.faults.filter((fault) => !/^50\d /.test(fault))).toEqual([])
})
