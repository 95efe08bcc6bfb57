import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en as lateEn } from '../../web/i18n/en-late.ts'
import { en } from '../../web/i18n/en.ts'
import { uk as lateUk } from '../../web/i18n/uk-late.ts'
import { uk } from '../../web/i18n/uk.ts'
import { openBrowser, openPage, startDemo } from './browser.ts'
import { ours, people } from './inbox-world.ts'
import { waitFor } from './wait.ts'

/** The pictures of every step, to be looked at. */
const pictures = join(import.meta.dirname, '../../.cache/walk')

const languages = {
  uk: { locale: 'uk-UA', words: { ...uk, ...lateUk } },
  en: { locale: 'en-GB', words: { ...en, ...lateEn } },
} as const
const sizes = { desk: { width: 1366, height: 768 }, phone: { width: 390, height: 844 } } as const

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
})

test.each([
  { language: 'uk', size: 'desk', colorScheme: 'light' },
  { language: 'uk', size: 'phone', colorScheme: 'dark' },
  { language: 'en', size: 'desk', colorScheme: 'dark' },
  { language: 'en', size: 'phone', colorScheme: 'light' },
] as const)(
  'a newcomer links a phone, answers with a picture and a voice note, takes the chat, leaves a note, finds an old message and repeats a failed one: $language, $size, $colorScheme',
  { timeout: 240_000 },
  async ({ language, size, colorScheme }) => {
    const { locale, words } = languages[language]
    await using demo = await startDemo()
    const phone = { viewport: sizes.phone, hasTouch: true, isMobile: true }
    const look = { locale, colorScheme, permissions: ['microphone'], ...(size === 'phone' ? phone : { viewport: sizes.desk }) }
    const { page, faults } = await openPage(browser, demo, look)
    const [olena] = people
    const folder = join(pictures, `${size}-${colorScheme}-${language}`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    let step = 0
    const picture = async (name: string) => {
      // What moves in has come to rest.
      await page.waitForTimeout(400)
      await page.screenshot({ path: join(folder, `${String((step += 1)).padStart(2, '0')}-${name}.png`) })
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect(over, `${name}: how far it runs over the edge`).toBeLessThanOrEqual(0)
    }
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const message = (text: string) => page.getByRole('article').filter({ hasText: text })
    const tick = (text: string) => message(text).locator('[data-tick]').getAttribute('data-tick')
    const input = page.getByRole('textbox', { name: words.composer.label, exact: true })
    const isDelivered = (text: string) =>
      waitFor(async () => (await tick(text)) === 'delivered', { what: `${text} to be delivered`, timeout: 60_000 })

    await page.goto('/')
    await page.getByLabel(words.signIn.email).fill(demo.email)
    await page.getByLabel(words.signIn.password, { exact: true }).fill(demo.password)
    await picture('sign-in')
    await button(words.signIn.submit).click()
    await page.getByRole('link', { name: words.inbox.connect }).waitFor()
    await picture('empty-inbox')

    await page.getByRole('link', { name: words.inbox.connect }).click()
    await button(words.connect.start).waitFor()
    await picture('connect')
    await button(words.connect.start).click()
    await button(words.connect.agree).waitFor()
    await picture('what-is-copied')
    await button(words.connect.agree).click()
    const qr = page.locator('[data-qr]')
    await qr.waitFor()
    await picture('code')
    await demo.phone(olena.phone, '', { name: olena.name })
    await demo.phone(ours, '/scan', { data: await qr.getAttribute('data-qr') })
    await page.getByText(words.connect.connected(ours)).waitFor()
    await picture('connected')
    await page.getByRole('link', { name: words.connect.toInbox }).click()

    await demo.phone(olena.phone, '/messages', { to: ours, type: 'text', text: olena.text })
    await page.getByRole('listitem').filter({ hasText: olena.name }).waitFor()
    await picture('somebody-wrote')
    await page.getByRole('listitem').filter({ hasText: olena.name }).getByRole('link').click()
    await message(olena.text).waitFor()
    await picture('chat')

    const paint = await page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 240 } })
    await page.locator('input[type=file]').setInputFiles({ name: 'paint.png', mimeType: 'image/png', buffer: paint })
    await input.fill('Ось така / this one')
    await picture('picture-to-send')
    await button(words.composer.send).click()
    await isDelivered('Ось така')
    await button(words.voice.record).click()
    await page.getByRole('timer').getByText('0:02').waitFor()
    await picture('recording')
    await button(words.voice.stop).click()
    await button(words.voice.send).click()
    await waitFor(async () => (await demo.received(olena.phone)).at(-1)?.type === 'voice', { what: 'the voice note', timeout: 60_000 })
    await picture('answered')

    if (size === 'desk') await button(words.header.take).click()
    else {
      await button(`${words.header.assign}: ${words.header.nobody}`).click()
      await picture('whose')
      await page.getByRole('option', { name: words.header.take }).click()
    }
    await button(`${words.header.assign}: ${words.header.you}`).waitFor()
    await picture('taken')
    await button(words.notes.mode.note).click()
    await page.getByRole('textbox', { name: words.notes.title }).fill('Постійна клієнтка / a regular')
    await picture('note-being-written')
    await button(words.notes.add).click()
    await message('Постійна клієнтка').waitFor()
    await button(words.notes.mode.reply).click()
    await picture('note')

    if (size === 'phone') await page.goBack()
    await page.getByRole('searchbox').fill('фарба')
    await page.getByRole('region', { name: words.inbox.messages }).getByRole('link').first().waitFor()
    await picture('search')
    await page.getByRole('region', { name: words.inbox.messages }).getByRole('link').first().click()
    await message(olena.text).waitFor()
    await picture('found')

    const refuse = (route: Route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: JSON.stringify({ status: 409, code: 'channel_not_connected' }),
      })
    await page.route('**/messages', refuse, { times: 1 })
    await input.fill('Чекаємо на вас / see you')
    await button(words.composer.send).click()
    const again = message('see you').getByRole('button', { name: words.message.sendAgain })
    await again.waitFor()
    await picture('not-sent')
    await again.click()
    await isDelivered('see you')
    await picture('sent-again')
    expect((await demo.received(olena.phone)).map(({ type }) => type)).toEqual(['image', 'voice', 'text'])
    expect(faults).toEqual([])
    await page.context().close()
  },
)
