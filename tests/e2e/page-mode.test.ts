import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Health } from '../../contract/health.ts'
import { type Demo, openBrowser, openPage, startDemo } from './browser.ts'
import { fillInbox, signIn } from './inbox-world.ts'
import { waitFor } from './wait.ts'

let browser: Browser
let demo: Demo
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  page = (await openPage(browser, demo)).page
  page.setDefaultTimeout(20_000)
  await signIn(page, demo)
  await fillInbox(page, demo)
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

const mode = () => page.getByLabel('Режим: якою дорогою надсилати')
const dialog = () => page.getByRole('dialog')
const change = () => dialog().getByRole('button', { name: 'Змінити' })

test('a mode is changed after its consequences were shown', async () => {
  await page.goto('/settings/roads')
  await mode().selectOption('classical')
  await dialog()
    .getByText(/^Змінять номер: \d з 4 відкритих розмов\.$/)
    .waitFor()
  await change().click()
  await dialog().waitFor({ state: 'detached' })
  await waitFor(async () => (await mode().inputValue()) === 'classical', { what: 'the mode to be classical' })
  expect(await mode().isEnabled()).toBe(true)
})

test('a road of which something does not answer is taken only after a word was typed', async () => {
  await demo.make('/faults', { target: 'homeserver', kind: '5xx', count: 10_000 })
  const failing = async () => {
    const { endpoints } = (await (await page.request.get('/api/v1/operations/health')).json()) as Pick<Health, 'endpoints'>
    return endpoints.some(({ name, last_ok_at = '', last_failed_at = '' }) => name === 'homeserver' && last_failed_at > last_ok_at)
  }
  await waitFor(failing, { what: 'the homeserver to be known as failing' })
  await page.goto('/settings/roads')
  await mode().selectOption('matrix')
  await dialog()
    .getByText(/служб[аи] цієї дороги зараз не відповіда/)
    .waitFor()
  expect(await change().isDisabled()).toBe(true)
  await dialog().getByLabel('Щоб усе-таки перейти, напишіть «змінити»').fill(' Змінити ')
  await change().click()
  await waitFor(async () => (await mode().inputValue()) === 'matrix', { what: 'the mode to be matrix' })
})

test('the look is chosen before one signs in too', async () => {
  const { page: outside } = await openPage(browser, demo, { colorScheme: 'light' })
  await outside.goto('/inbox')
  const background = () => outside.evaluate('getComputedStyle(document.body).backgroundColor')
  const light = await background()
  await outside.getByRole('button', { name: /^Змінити тему/ }).click()
  await outside.getByRole('button', { name: /Світла/i }).click()
  await waitFor(async () => (await background()) !== light, { what: 'the dark look' })
  expect(await background()).not.toBe(light)
  await outside.context().close()
})
