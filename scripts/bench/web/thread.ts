import type { Browser, Page } from 'playwright-core'
import { conversationOf } from '../names.ts'
import type { Row } from '../report.ts'
import { median } from '../stats.ts'
import { isReady, openTab, untilHolds } from './tab.ts'

/** P5 and P7 of `ux.md` 6: a thread of fifty thousand messages. */
export async function measureThread(browser: Browser, url: string, messages: number): Promise<Row[]> {
  const { page } = await openTab(browser, url)
  await page.goto(`/inbox/${conversationOf(1)}`)
  await page.waitForFunction(isReady, undefined, { timeout: 60_000 })
  const other = await page.$$eval(
    '[data-row^="cnv_"]',
    (rows) => rows.map((row) => row.getAttribute('data-row')).find((id) => !id?.endsWith('01')) ?? '',
  )
  const opened: number[] = []
  for (let n = 0; n < 5; n += 1) {
    await page.click(`[data-row="${other}"]`)
    await page.waitForTimeout(300)
    const shown = `location.pathname.endsWith('${conversationOf(1)}') && document.querySelectorAll('[data-message]').length > 5`
    opened.push(
      (await page.evaluate(`(document.querySelector('[data-row="${conversationOf(1)}"]').click(), ${untilHolds(shown)})`)) as number,
    )
  }
  const sent: number[] = []
  for (let n = 0; n < 5; n += 1) {
    await page.fill('textarea', `written ${n} in the bench`)
    const stands = `[...document.querySelectorAll('[data-row]')].some((row) => row.textContent.includes('written ${n} in the bench'))`
    const waiting = page.evaluate(untilHolds(stands)) as Promise<number>
    await page.press('textarea', 'Enter')
    sent.push(await waiting)
  }
  const drift = await measureDrift(page)
  await page.context().close()
  return [
    {
      what: `P5: a thread of ${messages.toLocaleString('en')} messages: opened again; sent until it stands there`,
      atLeast: '≤ 150 ms; ≤ 100 ms',
      measured: `${median(opened).toFixed(0)} ms; ${median(sent).toFixed(0)} ms`,
      isMet: median(opened) <= 150 && median(sent) <= 100,
    },
    {
      what: 'P7: older pages loaded nine times above what is read: it moves by',
      atLeast: '≤ 1 px',
      measured: `${drift.toFixed(1)} px`,
      isMet: drift <= 1,
    },
  ]
}

/** Scrolls to the top, and sees how far the first message that was there is moved when the page before it comes; the most of nine times. */
async function measureDrift(page: Page): Promise<number> {
  let most = 0
  for (let n = 0; n < 9; n += 1) {
    const moved = (await page.evaluate(`new Promise((resolve) => {
      let scroller = document.querySelector('[data-message]')
      while (scroller.scrollHeight <= scroller.clientHeight + 1 || getComputedStyle(scroller).overflowY === 'visible') scroller = scroller.parentElement
      scroller.scrollTop = 300
      setTimeout(() => {
        const first = [...document.querySelectorAll('[data-message]')].find((one) => one.getBoundingClientRect().top > 100)
        const before = first.getBoundingClientRect().top
        const count = scroller.scrollHeight
        let looked = 0
        const look = () => {
          looked += 1
          if (scroller.scrollHeight === count && looked < 180) return requestAnimationFrame(look)
          setTimeout(() => resolve(first.isConnected ? Math.abs(first.getBoundingClientRect().top - before) : 0), 300)
        }
        look()
      }, 30)
    })`)) as number
    most = Math.max(most, moved)
  }
  return most
}
