import pg from 'pg'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { webRoot } from '../../cli/web-root.ts'
import { type Element, openElement } from '../support/element.ts'
import { openWorld, type World } from '../support/world.ts'
import { openBrowser, openPage, type WatchedPage } from './browser.ts'
import { waitFor } from './wait.ts'

const email = 'olha@example.org'
const password = 'три слова навмання'
/** The phone that another Matrix client has linked already. */
const elsewhere = '+380931112233'
const ours = '+380671112233'

let world: World
let browser: Browser
let watched: WatchedPage
let page: Page
let element: Element

beforeAll(async () => {
  // A round of QR codes, 160 s, takes 8 s here.
  world = await openWorld({
    intake: 'sync',
    timeScale: 0.05,
    registered: false,
    webRoot,
    pullTimes: { auditEveryMs: 2_000, livePollMs: 2_000 },
  })
  browser = await openBrowser()
  watched = await openPage(browser, world.product, { permissions: ['clipboard-read', 'clipboard-write'] })
  page = watched.page
  page.setDefaultTimeout(20_000)
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const heading = (name: string) => page.getByRole('heading', { name })
const path = () => new URL(page.url()).pathname

test('the first admin is made by the printed code, and led on by steps that a reload keeps', async () => {
  await page.goto('/')
  await page.getByLabel('Код налаштування').fill('not-the-printed-code')
  await page.getByLabel('Ім’я').fill('Ольга')
  await page.getByLabel('Електронна пошта').fill(email)
  const secret = page.getByLabel('Пароль', { exact: true })
  await secret.fill('password1234')
  await page.getByText('Такий пароль легко вгадати.').waitFor()
  await secret.fill(password)
  await page.getByText('Добрий пароль.').waitFor()
  await button('Далі').click()
  await page.getByText('Код неправильний.').waitFor()
  expect(await page.getByLabel('Код налаштування').evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true)
  await page.getByLabel('Код налаштування').fill(await world.product.setupToken())
  await button('Далі').click()
  await heading('Крок 2 з 3 · Як підключаємо WhatsApp?').waitFor()
  expect(path()).toBe('/setup')
  await page.reload()
  await page.getByLabel('Пов’язаний телефон (QR)').check()
  await button('Далі').click()
  await heading('Крок 3 з 3 · Готово').waitFor()
  await page.reload()
  await page.getByRole('link', { name: 'Вказати сервер' }).click()
  expect(path()).toBe('/settings/system')
})

test('the homeserver is set up; what is not saved is said, and no secret is ever shown again', async () => {
  const { homeserver_url, server_name, admin_login, admin_password = '', bridge_admin_secret = '', bridge_url = '' } = world.settings
  await page.getByLabel('Адреса homeserver').fill(homeserver_url)
  await page.getByText('Є незбережені зміни').waitFor()
  page.once('dialog', (dialog) => void dialog.dismiss())
  await page.getByRole('link', { name: 'Профіль' }).click()
  expect(path()).toBe('/settings/system')
  await page.getByLabel('Ім’я сервера').fill(server_name)
  await page.getByLabel('Логін адміністратора').fill(admin_login)
  await page.getByLabel('Пароль адміністратора').fill(admin_password)
  await page.getByLabel('Секрет моста').fill(bridge_admin_secret)
  await page.getByText('Додатково').click()
  await page.getByLabel('Адреса моста').fill(bridge_url)
  await page.getByLabel('Як надходять повідомлення').selectOption('sync')
  await button('Перевірити, не зберігаючи').click()
  const tried = page.getByRole('region', { name: 'Перевірити, не зберігаючи' })
  await tried.getByText('Так було б із цими значеннями. Нічого не збережено.').waitFor()
  expect(await tried.getByText('Вхід виконано').count()).toBe(1)
  expect(await heading('Перевірки').count()).toBe(0)
  await page.getByText('Є незбережені зміни').waitFor()
  await button('Перевірити й зберегти').click()
  await heading('Перевірки').waitFor()
  await page.getByText('Є незбережені зміни').waitFor({ state: 'detached' })
  await button('Скопіювати як текст').click()
  const report = String(await page.evaluate('navigator.clipboard.readText()'))
  expect(report).toMatch(/^\[ok\] \w+/m)
  await button('Замінити: Пароль адміністратора').click()
  const shown = `${await page.content()} ${report}`
  for (const secret of [admin_password, bridge_admin_secret]) expect(shown.includes(secret)).toBe(false)
  expect(await page.getByLabel('Пароль адміністратора').inputValue()).toBe('')
  await button('Перевірити ще раз').click()
  await waitFor(async () => !(await button('Перевірити ще раз').isDisabled()), { what: 'the checks' })
})

test(
  'rounds of codes follow each other while somebody looks, three at most; an old code cannot be scanned',
  { timeout: 120_000 },
  async () => {
    const begun: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/connect-whatsapp')) begun.push(request.postData() ?? '')
    })
    const look = (isSeen: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${!isSeen} }); document.dispatchEvent(new Event('visibilitychange'))`,
      )
    await page.goto('/connect')
    await page.getByLabel('Назва номера').fill('Склад')
    await button('Показати код').click()
    await page.getByText('номер віртуальний (VoIP)').waitFor()
    await page.getByLabel('Лише чати з контактами, які тут уже є').check()
    await button('Зрозуміло, копіювати чати').click()
    await page.locator('[data-qr]').waitFor()
    await look(false)
    await page.getByText('Новий з’явиться, щойно ви повернетеся').waitFor({ timeout: 40_000 })
    expect(begun.length).toBe(1)
    await look(true)
    await page.getByText('Час вийшов').waitFor({ timeout: 60_000 })
    expect(begun.map((body) => JSON.parse(body) as object)).toEqual(
      Array(3).fill({ method: 'qr', access: 'personal', name: 'Склад', copy: 'known_contacts' }),
    )
    await button('Новий код').click()
    await page.locator('[data-qr]').waitFor()
    await button('Скасувати').click()
    await page.getByText('Підключення скасовано.').waitFor()
  },
)

test('a number is linked, unlinked in two steps, and taken up again from its card', { timeout: 120_000 }, async () => {
  await button('Новий код').click()
  const qr = page.locator('[data-qr]')
  await qr.waitFor()
  await world.phones.act(ours, 'scan', { data: await qr.getAttribute('data-qr') })
  await page.getByText(`Підключено: Склад ${ours}`).waitFor()
  await page.goto('/settings/numbers')
  await button('Відключити').click()
  await page.getByRole('dialog').getByText('Історія залишиться.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Відключити' }).click()
  await page.getByText('Нові повідомлення не надходять.').waitFor()
  await page.getByRole('link', { name: 'Підключити знову' }).click()
  await waitFor(async () => (await page.getByLabel('Назва номера').inputValue()) === 'Склад', { what: 'the form to know the number' })
  await button('Показати код').click()
  expect(await page.getByLabel('Лише чати з контактами, які тут уже є').isChecked()).toBe(true)
  await button('Зрозуміло, копіювати чати').click()
  await qr.waitFor()
  await world.phones.act(ours, 'scan', { data: await qr.getAttribute('data-qr') })
  await page.getByText(`Підключено: Склад ${ours}`).waitFor()
})

test('a Matrix account that is there already brings its number by its token alone', { timeout: 60_000 }, async () => {
  element = await openElement(world, 'olha')
  const messages = [{ sent_at: '2026-11-20T09:00:00Z', text: 'давнє', read: true }]
  await world.phones.act(elsewhere, 'history', { chats: [{ with: '+380501112233', name: 'Олена Коваль', messages }] })
  await element.link(elsewhere)
  await page.goto('/settings/account')
  await page.getByLabel('Адреса homeserver').fill(world.settings.homeserver_url)
  await page.getByLabel('Ключ доступу (access token)').fill('syt_not_a_token')
  await button('Перевірити й зберегти').click()
  await page.getByText('Homeserver не приймає цього ключа.').waitFor()
  const token = await element.signIn()
  await page.getByLabel('Ключ доступу (access token)').fill(token)
  await button('Перевірити й зберегти').click()
  await page.getByText(element.userId).waitFor()
  await page.getByRole('region', { name: 'Стан облікового запису' }).getByText(elsewhere).waitFor()
  expect(await page.content()).not.toContain(token)
})

test('labels and canned replies are made, changed and deleted', async () => {
  await page.goto('/settings/labels')
  const make = async (name: string, colour: string) => {
    await button('Нова мітка').click()
    await page.getByLabel('Назва').fill(name)
    await page.getByLabel(colour).check()
    await button('Зберегти').click()
  }
  await make('Оплата', 'зелений')
  await page.getByRole('listitem').filter({ hasText: 'Оплата' }).locator('.bg-label-green').waitFor()
  await make('оплата', 'синій')
  await page.getByText('Мітка з такою назвою вже є.').waitFor()
  await page.keyboard.press('Escape')
  await button('Змінити мітку: Оплата').click()
  await page.getByLabel('Назва').fill('Сплачено')
  await button('Зберегти').click()
  await button('Видалити мітку: Сплачено').click()
  await button('Видалити мітку').click()
  await page.getByText('Міток ще немає.').waitFor()

  await page.goto('/settings/canned')
  await button('Нова відповідь').click()
  await page.getByLabel('Назва').fill('Вітання')
  await page.getByLabel('Скорочення').fill('/вітання')
  await page.getByLabel('Текст').fill('Доброго дня, {{foo}}')
  await page.getByText('Таких змінних немає: foo.').waitFor()
  await page.getByLabel('Текст').fill('Доброго дня, ')
  await button('ім’я клієнта').click()
  await page.getByRole('region', { name: 'Так її прочитає клієнт' }).getByText('Доброго дня, Олена Коваль').waitFor()
  await button('Зберегти').click()
  await page.getByRole('listitem').filter({ hasText: '/вітання · для всієї команди' }).getByText('Доброго дня, {{contact.name}}').waitFor()
  await button('Видалити відповідь: Вітання').click()
  await button('Видалити відповідь').click()
  await page.getByText('Готових відповідей ще немає.').waitFor()
  expect(await page.getByRole('listitem').filter({ hasText: 'Вітання' }).count()).toBe(0)
})

test('a person gets another role and password, which ends their sessions; a key ends by itself', async () => {
  const colleague = { email: 'petro@example.org', first: 'перший пароль для Петра', next: 'другий пароль для Петра' }
  await page.goto('/settings/people')
  await button('Додати людину').click()
  await page.getByLabel('Ім’я').fill('Петро')
  await page.getByLabel('Електронна пошта').fill(colleague.email)
  await page.getByLabel('Пароль', { exact: true }).fill(colleague.first)
  await button('Додати').click()
  const card = page.getByRole('listitem').filter({ hasText: colleague.email })
  const signIn = async (secret: string) => {
    const answer = await fetch(`${world.product.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: world.product.url },
      body: JSON.stringify({ email: colleague.email, password: secret }),
    })
    return {
      status: answer.status,
      cookie: answer.headers
        .getSetCookie()
        .map((one) => one.split(';', 1)[0])
        .join('; '),
    }
  }
  await card.waitFor()
  const { cookie } = await signIn(colleague.first)
  const me = async () => (await fetch(`${world.product.url}/api/v1/auth/me`, { headers: { cookie } })).status
  expect(await me()).toBe(200)
  await card.getByRole('button', { name: 'Змінити' }).click()
  await page.getByLabel('Новий пароль').fill(colleague.next)
  await page.getByLabel('Роль', { exact: true }).selectOption('admin')
  await button('Зберегти').click()
  await card.getByText('Адміністратор').waitFor()
  expect(await me()).toBe(401)
  expect((await signIn(colleague.next)).status).toBe(200)

  await page.goto('/settings/keys')
  await button('Новий ключ').click()
  await page.getByLabel('Назва').fill('CRM')
  await page.getByLabel('Діє').selectOption('30')
  await button('Додати').click()
  await page.getByText('Скопіюйте ключ зараз: більше ми його не покажемо.').waitFor()
  await page.keyboard.press('Escape')
  await page
    .getByRole('listitem')
    .filter({ hasText: 'CRM' })
    .getByText(/діє до/)
    .waitFor()
})

test('what could not be stored is listed with its reason, and tried again one by one', async () => {
  const client = new pg.Client({ connectionString: world.product.env['DATABASE_URL'] })
  await client.connect()
  // An event of a number that is not ours: it fails again.
  await client.query(`insert into dead_letters (provider, raw, error, created_at)
    values ('matrix', '{"event":{"type":"message","channel":"nobody"}}', 'there was no such number', now())`)
  await client.end()
  await page.goto('/ops')
  const letters = page.getByRole('region', { name: 'Що не вдалося зберегти' })
  await letters.getByText('there was no such number').waitFor()
  await letters.getByRole('button', { name: 'Спробувати знову' }).click()
  await page.getByText('Знову не вдалося. Причина стоїть поруч.').waitFor()
  expect(await letters.getByRole('listitem').count()).toBe(1)
})

test('too many wrong passwords have to wait, and are told how long; then the page that was asked for opens', async () => {
  await page.context().clearCookies()
  await page.goto('/settings/labels')
  await page.getByLabel('Електронна пошта').fill(email)
  for (let tries = 0; tries < 5; tries += 1) {
    await page.getByLabel('Пароль', { exact: true }).fill(`wrong ${tries}`)
    await button('Увійти').click()
    await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
    await waitFor(async () => !(await button('Увійти').isDisabled()), { what: 'the answer' })
  }
  const wait = page.getByText(/^Спробувати можна за \d+ с\.$/)
  await wait.waitFor()
  await wait.waitFor({ state: 'detached' })
  await page.getByLabel('Пароль', { exact: true }).fill(password)
  await button('Увійти').click()
  await heading('Налаштування').waitFor()
  expect(path()).toBe('/settings/labels')
})

test('it can be installed as an app; nothing came from elsewhere, and the content policy refused nothing', async () => {
  const session = await page.context().newCDPSession(page)
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
  // The browser of a test keeps nothing, which is its only objection.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([])
  const { errors } = await session.send('Page.getAppManifest')
  expect(errors).toEqual([])
  expect(watched.faults).toEqual([])
})
