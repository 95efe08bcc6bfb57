import type { Browser } from 'playwright-core'
import type { Client } from '../client.ts'
import { createTalk, transactionOf } from '../events.ts'
import { conversationOf } from '../names.ts'
import type { Row } from '../report.ts'
import { median, percentile } from '../stats.ts'
import { isReady, openTab, type Tab, untilHolds } from './tab.ts'

/** P4, P6, P8, P9, P10 of `ux.md` 6: an inbox of many conversations, worked in. */
export async function measureWorking(browser: Browser, url: string, client: Client, chats: number): Promise<Row[]> {
  const tab = await openTab(browser, url)
  await tab.page.goto(`/inbox/${conversationOf(1)}`)
  await tab.page.waitForFunction(isReady, undefined, { timeout: 60_000 })
  await tab.page.waitForTimeout(2_000)
  const before = await tab.weight()
  const rows = [await measureSwitching(tab), await measureScrolling(tab), await measureTyping(tab), await measureBurst(tab, client, chats)]
  const after = await tab.weight()
  rows.push({
    what: 'P10: live script objects after loading; growth after 200 switches; nodes',
    atLeast: '≤ 25 MB; ≤ 10 % of 80 MB; ≤ 1,500',
    measured: `${MB(before.heap)}; ${MB(after.heap - before.heap)}; ${after.nodes}`,
    isMet: before.heap <= 25e6 && after.heap - before.heap <= 8e6 && after.nodes <= 1_500,
  })
  await tab.page.context().close()
  return rows
}

/** Between conversations that were open before, by the rows of the list. */
async function measureSwitching({ page, cpu }: Tab): Promise<Row> {
  const ids = await page.$$eval('[data-row^="cnv_"]', (rows) => rows.slice(0, 8).map((row) => row.getAttribute('data-row') ?? ''))
  const open = (id: string) => {
    const shown = `document.querySelector('[data-row="${id}"]')?.getAttribute('aria-current') === 'true' && document.querySelector('[data-message]')`
    return page.evaluate(`(document.querySelector('[data-row="${id}"]').click(), ${untilHolds(shown)})`) as Promise<number>
  }
  for (const id of ids) {
    await open(id)
    await page.waitForTimeout(150)
  }
  const took: number[] = []
  const began = await cpu()
  for (let n = 0; n < 200; n += 1) {
    took.push(await open(ids[n % ids.length] ?? ''))
    await page.waitForTimeout(20)
  }
  const each = ((await cpu()) - began) / took.length
  return {
    what: 'P4: to a conversation that was open before, p95; main thread for each',
    atLeast: '≤ 100 ms; ≤ 70 ms of processor',
    measured: `${percentile(took, 0.95).toFixed(0)} ms; ${each.toFixed(0)} ms`,
    isMet: percentile(took, 0.95) <= 100 && each <= 70,
  }
}

/** The list, 20,000 pixels at 4,000 a second. */
async function measureScrolling({ page, cpu }: Tab): Promise<Row> {
  const began = await cpu()
  const frames = (await page.evaluate(`new Promise((resolve) => {
    let scroller = document.querySelector('[data-row^="cnv_"]')
    while (scroller.scrollHeight <= scroller.clientHeight + 1 || getComputedStyle(scroller).overflowY === 'visible') scroller = scroller.parentElement
    const frames = []
    let last = performance.now()
    const step = (now) => {
      frames.push(now - last)
      scroller.scrollTop += 4 * (now - last)
      last = now
      if (frames.reduce((sum, one) => sum + one, 0) < 5000) requestAnimationFrame(step)
      else { scroller.scrollTop = 0; resolve(frames.slice(2)) }
    }
    requestAnimationFrame(step)
  })`)) as number[]
  const each = ((await cpu()) - began) / frames.length
  const late = frames.filter((frame) => frame > 34).length / frames.length
  return {
    what: 'P6: the list scrolled at 4,000 px/s: frame p95; longer than 34 ms; main thread for each',
    atLeast: '≤ 20 ms; ≤ 1 %; ≤ 9 ms of processor',
    measured: `${percentile(frames, 0.95).toFixed(1)} ms; ${(late * 100).toFixed(1)} %; ${each.toFixed(1)} ms`,
    isMet: percentile(frames, 0.95) <= 20 && late <= 0.01 && each <= 9,
  }
}

async function measureTyping({ page, cpu }: Tab): Promise<Row> {
  const text = 'how long does it take until a letter stands there '.repeat(2)
  await page.focus('textarea')
  const began = await cpu()
  for (const letter of text) await page.keyboard.press(letter === ' ' ? 'Space' : letter)
  const each = ((await cpu()) - began) / text.length
  await page.fill('textarea', '')
  return {
    what: 'P8: main thread for each letter that is typed',
    atLeast: '≤ 8 ms of processor',
    measured: `${each.toFixed(1)} ms`,
    isMet: each <= 8,
  }
}

/** 200 messages a second for five seconds, all over the inbox. */
async function measureBurst({ page, cpu }: Tab, client: Client, chats: number): Promise<Row> {
  const talk = createTalk(chats)
  const began = await cpu()
  await page.evaluate(
    "globalThis.long = []; new PerformanceObserver((list) => globalThis.long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' })",
  )
  let newest = ''
  for (let part = 0; part < 50; part += 1) {
    const said = talk(20)
    newest = said.at(-1)?.text ?? newest
    await client.push(transactionOf(said))
    await page.waitForTimeout(80)
  }
  await page.waitForFunction(`document.body.textContent.includes(${JSON.stringify(newest.slice(0, 20))})`, undefined, { timeout: 30_000 })
  const perSecond = ((await cpu()) - began) / 5
  const tasks = (await page.evaluate('globalThis.long')) as number[]
  return {
    what: 'P9: 200 messages a second over the inbox: main thread a second; tasks over 50 ms, median of them',
    atLeast: '≤ 250 ms of processor; none',
    measured: `${perSecond.toFixed(0)} ms; ${tasks.length}${tasks.length > 0 ? `, ${median(tasks).toFixed(0)} ms` : ''}`,
    isMet: perSecond <= 250 && tasks.length === 0,
  }
}

const MB = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
