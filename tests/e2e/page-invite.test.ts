import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo } from './browser.ts'
import { signIn } from './inbox-world.ts'
import { smaller, tooWide } from './layout-faults.ts'

let browser: Browser
let demo: Demo
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  page = (await openPage(browser, demo, { permissions: ['clipboard-read', 'clipboard-write'] })).page
  page.setDefaultTimeout(20_000)
  await signIn(page, demo)
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

const secret = 'пароль, який вибрала Олена'

test('a person is added without a password, chooses one by the link, and is in', async () => {
  await page.goto('/settings/people')
  await page.getByRole('button', { name: 'Додати людину' }).click()
  await page.getByLabel('Ім’я').fill('Олена')
  await page.getByLabel('Електронна пошта').fill('olena@example.org')
  await page.getByRole('button', { name: 'Додати', exact: true }).click()
  const link = (await page.getByRole('dialog').locator('code').textContent()) ?? ''
  await page.getByRole('button', { name: 'Закрити' }).click()

  const { page: hers, faults } = await openPage(browser, demo, { bypassCSP: true })
  const asked: string[] = []
  hers.on('request', (request) => asked.push(request.url() + JSON.stringify(request.headers())))
  for (const size of [1366, 390, 320]) {
    await hers.setViewportSize({ width: size, height: 800 })
    await hers.goto(link)
    await hers.getByText('Виберіть пароль, з яким входитимете як olena@example.org.').waitFor()
    await hers.evaluate(axe.source)
    const { violations } = (await hers.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults
    expect(violations.map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`)).toEqual([])
    expect(await hers.evaluate(tooWide)).toBe(false)
    expect(await hers.evaluate(smaller(24))).toEqual([])
    await hers.goto('about:blank')
  }
  await hers.goto(link)
  await hers.getByLabel('Пароль', { exact: true }).fill(secret)
  await hers.getByRole('button', { name: 'Зберегти і ввійти' }).click()
  await hers.getByRole('heading', { name: 'Вхідні' }).waitFor()
  // Only what our own page sends in a body names it.
  expect(asked.filter((request) => request.includes(link.split('#')[1] ?? ''))).toEqual([])
  expect(faults).toEqual([])

  await hers.goto(link)
  await hers.getByText('Це посилання вже використано або його строк минув. Попросіть в адміністратора нове.').waitFor()
  await hers.context().close()
})
