import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo, type WatchedPage } from './browser.ts'
import { fillInbox, people, signIn } from './inbox-world.ts'

const [olena, petro] = people

let browser: Browser
let demo: Demo
let watched: WatchedPage

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  watched = await openPage(browser, demo)
  const { page } = watched
  await signIn(page, demo)
  await fillInbox(page, demo)
  await page.goto('/inbox')
  await page.getByRole('listitem').filter({ hasText: petro.name }).waitFor({ timeout: 60_000 })
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

test('what is attached and what is answered waits in its conversation while one looks into another', async () => {
  const { page } = watched
  const attached = page.getByRole('button', { name: 'Прибрати: чекає.pdf' })
  const notToAnswer = page.getByRole('button', { name: 'Не відповідати' })
  const openChat = async (name: string) => {
    await page.mouse.move(900, 400)
    await page.getByRole('listitem').filter({ hasText: name }).getByRole('link').click()
    await page.getByRole('heading', { name, level: 1 }).waitFor()
    await page.getByRole('article').first().waitFor()
  }
  await openChat(olena.name)
  await page.getByRole('feed').focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('KeyR')
  await notToAnswer.waitFor()
  const buffer = Buffer.from('%PDF-1.4 x')
  await page.locator('input[type=file]').setInputFiles([{ name: 'чекає.pdf', mimeType: 'application/pdf', buffer }])
  await attached.waitFor()
  await openChat(petro.name)
  expect([await attached.count(), await notToAnswer.count()]).toEqual([0, 0])
  await openChat(olena.name)
  await attached.waitFor()
  await notToAnswer.waitFor()

  await attached.click()
  await notToAnswer.click()
  await openChat(petro.name)
  await openChat(olena.name)
  expect([await attached.count(), await notToAnswer.count()]).toEqual([0, 0])
})
