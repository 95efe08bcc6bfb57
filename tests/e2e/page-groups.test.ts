import axe, { type AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Demo, openBrowser, openPage, startDemo, type WatchedPage } from './browser.ts'
import { fillInbox, ours, people, signIn } from './inbox-world.ts'

const [olena, petro, mariana] = people

let browser: Browser
let demo: Demo
let watched: WatchedPage
let page: Page
let group: string

const message = (text: string) => page.getByRole('article').filter({ hasText: text })
const input = () => page.getByRole('textbox', { name: 'Повідомлення', exact: true })

beforeAll(async () => {
  browser = await openBrowser()
  demo = await startDemo()
  watched = await openPage(browser, demo)
  page = watched.page
  await signIn(page, demo)
  await fillInbox(page, demo)
  const members = [ours, olena.phone, petro.phone, mariana.phone]
  group = (await demo.make<{ id: string }>('/groups', { name: 'Бригада', members })).id
  await demo.phone(petro.phone, '/messages', { group, type: 'text', text: 'Хто завтра?' })
  await page.goto('/inbox')
  await page.getByRole('listitem').filter({ hasText: 'Бригада' }).getByRole('link').click()
  await message('Хто завтра?').waitFor()
})
afterAll(async () => {
  await browser?.close()
  await demo?.[Symbol.asyncDispose]()
})

/** What axe finds in a part of the page. */
async function violations(part: string): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations: found } = (await page.evaluate(`axe.run(${JSON.stringify(part)})`)) as AxeResults
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

/** Pictures to look at, where MISTOK_SHOTS names a folder. */
async function shots(name: string, open: () => Promise<void>): Promise<void> {
  const folder = process.env['MISTOK_SHOTS']
  if (folder === undefined) return
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const [width, height] of [
      [1366, 768],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height })
      await open()
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png` })
      await page.keyboard.press('Escape')
    }
  }
  await page.setViewportSize({ width: 1366, height: 768 })
  await page.emulateMedia({ colorScheme: 'light' })
}

test('how many in a group have read it stands beside the tick, and who on a press; it is blue when all have', async () => {
  await input().fill('Я буду о восьмій')
  await input().press('Enter')
  const said = message('Я буду о восьмій')
  await said.locator('[data-tick=sent]').waitFor()
  await demo.phone(petro.phone, '/read', { group })
  const count = said.getByRole('button', { name: 'прочитали 1 з 3' })
  await count.click()
  const list = page.getByRole('dialog', { name: 'прочитали 1 з 3' })
  await list.getByText(petro.name).waitFor()
  await list.getByText('Про 2 учасників WhatsApp ще не повідомив.').waitFor()
  expect(await violations('[role=dialog]')).toEqual([])
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'detached' })
  await shots('readers', () => count.click().then(() => list.getByText(petro.name).waitFor()))
  expect(await said.locator('[data-tick]').getAttribute('data-tick')).toBe('sent')

  for (const { phone } of [olena, mariana]) await demo.phone(phone, '/read', { group })
  await said.getByRole('button', { name: 'прочитали 3 з 3' }).waitFor()
  await said.locator('[data-tick=read]').waitFor()
})

test('what a message said before it was edited is shown with its time', async () => {
  await message('Я буду о восьмій').hover()
  await message('Я буду о восьмій').getByRole('button', { name: 'Що зробити з цим повідомленням' }).click()
  await page.getByRole('button', { name: 'Змінити', exact: true }).click()
  const field = page.getByRole('textbox', { name: 'Змінити повідомлення' })
  await field.fill('Я буду о дев’ятій')
  await page.getByRole('button', { name: 'Зберегти' }).click()
  const changed = message('Я буду о дев’ятій')
  const mark = changed.getByRole('button', { name: 'змінено' })
  await mark.click()
  const list = page.getByRole('dialog', { name: 'змінено' })
  await list.getByText('Я буду о восьмій').waitFor()
  expect(await list.getByRole('listitem').count()).toBe(1)
  expect(await violations('[role=dialog]')).toEqual([])
  await page.keyboard.press('Escape')
  await shots('versions', () => mark.click().then(() => list.getByText('Я буду о восьмій').waitFor()))
})

test('the panel tells what was done with the conversation, by whom and when, as it is done', async () => {
  await page.getByRole('button', { name: 'Контакт', exact: true }).click()
  const panel = page.getByRole('region', { name: 'Історія дій' })
  await panel.getByText('З цією розмовою ще нічого не робили.').waitFor()
  await page.getByRole('button', { name: 'Взяти собі' }).click()
  await panel.getByText(/^Відповідальний: /).waitFor()
  const chat = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const change = (data: object) =>
    page.request.patch(`/api/v1/communications/conversations/${chat}`, { data, headers: { origin: demo.url } })
  await change({ labels: ['Оплата'] })
  await change({ status: 'closed' })
  await panel.getByText('Розмову закрито').waitFor()
  await panel.getByText('Додано мітки: Оплата').waitFor()
  await demo.phone(olena.phone, '/messages', { group, type: 'text', text: 'А я о десятій' })
  await panel.getByText('Розмову відкрито').waitFor()
  expect(await panel.getByRole('listitem').count()).toBe(4)
  expect(await violations('[aria-label="Історія дій"]')).toEqual([])
  await shots('activity', () => panel.scrollIntoViewIfNeeded({ timeout: 2_000 }).catch(() => undefined))
})
