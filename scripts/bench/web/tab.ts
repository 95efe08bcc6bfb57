import { type Browser, chromium, type CDPSession, type Page } from 'playwright-core'
import { admin } from '../server.ts'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
]

/** Debian's Chromium, or what MISTOK_CHROMIUM names. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['MISTOK_CHROMIUM'] ?? '/usr/bin/chromium', args: flags })
}

/** A tab of somebody who is signed in. */
export interface Tab {
  readonly page: Page
  readonly cdp: CDPSession
  /** What the main thread has worked by now, in milliseconds of processor time. */
  cpu(): Promise<number>
  /** Bytes of live script objects after garbage was collected, and nodes of the document. */
  weight(): Promise<{ readonly heap: number; readonly nodes: number }>
}

/** Signs in by the API and opens a tab of 1366 × 768 with that session; every address begins with `url`. */
export async function openTab(browser: Browser, url: string): Promise<Tab> {
  // What measures is script that the page's own rules would refuse.
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, baseURL: url, locale: 'uk-UA', bypassCSP: true })
  const answer = await context.request.post('/api/v1/auth/login', { data: admin, headers: { origin: url } })
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`)
  return wrap(await context.newPage())
}

/** One more tab of the same browser profile. */
export async function openNextTab({ page }: Tab): Promise<Tab> {
  return wrap(await page.context().newPage())
}

async function wrap(page: Page): Promise<Tab> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  await cdp.send('HeapProfiler.enable')
  const read = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    return (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0
  }
  return {
    page,
    cdp,
    cpu: async () => (await read())('TaskDuration') * 1_000,
    async weight() {
      await cdp.send('HeapProfiler.collectGarbage')
      const value = await read()
      const nodes = (await page.evaluate("document.querySelectorAll('*').length")) as number
      return { heap: value('JSHeapUsedSize'), nodes }
    },
  }
}

/** The rows of the list, the last message, and somewhere to write: then a person can work. */
export const isReady = `document.querySelector('[data-row^="cnv_"]') && document.querySelector('[data-message]') && document.querySelector('textarea')`

/** Runs in the page: resolves with the milliseconds from now until the expression holds and has been painted. */
export const untilHolds = (expression: string) => `new Promise((resolve) => {
  const began = performance.now()
  const look = () => ${expression} ? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look)
  look()
})`
