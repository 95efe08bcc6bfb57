// npm run pictures: takes the pictures of the documents anew, from a demo with believable people, in both languages, light and dark.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext } from 'playwright-core'
import { openBrowser } from './bench/web/tab.ts'
import { tellStory } from './pictures/story.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, 'docs', 'images')
const languages = { en: 'en-GB', uk: 'uk-UA' } as const
const themes = ['light', 'dark'] as const

/** A demo of its own, and how one signs in there. */
async function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'mistok-pictures-'))
  const sandboxPort = 21_000 + Math.floor(Math.random() * 8_000)
  const password = 'a password for pictures'
  const env = {
    ...process.env,
    MISTOK_DATA_DIR: folder,
    MISTOK_PORT: String(await freePort()),
    MISTOK_SANDBOX_PORT: String(sandboxPort),
    MISTOK_ADMIN_EMAIL: 'maria@example.com',
    MISTOK_ADMIN_PASSWORD: password,
  }
  const child = spawn(process.execPath, ['cli/main.ts', 'demo'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    url: `http://127.0.0.1:${env.MISTOK_PORT}`,
    phones: `http://127.0.0.1:${sandboxPort}/sandbox/v1`,
    credentials: { email: 'maria@example.com', password },
    async stop() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function takePictures(context: BrowserContext, name: (what: string) => string, chat: string): Promise<void> {
  const page = await context.newPage()
  await page.goto(`/inbox/${chat}`)
  await page.locator('[data-message]').last().waitFor()
  await sleep(1_500)
  await page.screenshot({ path: name('inbox') })
  await page.goto('/connect')
  const show = page.locator('form button[type=submit]')
  await show.waitFor()
  await show.click()
  // What is copied is said before the code is shown.
  const agree = page.getByRole('button', { name: /^(I understand|Зрозуміло)/ })
  await agree.click()
  await page.locator('[data-qr]').waitFor()
  await sleep(500)
  await page.screenshot({ path: name('connect') })
  // Else the next one would find it under way.
  await page.getByRole('button', { name: /^(Cancel|Скасувати)/ }).click()
  await page.locator('[data-qr]').waitFor({ state: 'detached' })
  await page.close()
}

const browser = await openBrowser()
mkdirSync(target, { recursive: true })
for (const [language, locale] of Object.entries(languages) as [keyof typeof languages, string][]) {
  const demo = await startDemo()
  try {
    const context = () => browser.newContext({ viewport: { width: 1366, height: 800 }, baseURL: demo.url, locale })
    const first = await context()
    const signedIn = await first.request.post('/api/v1/auth/login', { data: demo.credentials, headers: { origin: demo.url } })
    if (!signedIn.ok()) throw new Error(`signing in: ${signedIn.status()}`)
    const chat = await tellStory({ api: first.request, origin: demo.url, phones: demo.phones, language })
    const state = await first.storageState()
    for (const theme of themes) {
      const themed = await browser.newContext({
        viewport: { width: 1366, height: 800 },
        baseURL: demo.url,
        locale,
        colorScheme: theme,
        storageState: state,
      })
      await takePictures(themed, (what) => join(target, `${what}-${theme}.${language}.png`), chat)
      await themed.close()
    }
    await first.close()
  } finally {
    await demo.stop()
  }
}
await browser.close()
