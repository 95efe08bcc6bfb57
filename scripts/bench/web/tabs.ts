import type { Browser } from 'playwright-core'
import type { Row } from '../report.ts'
import { openNextTab, openTab, type Tab } from './tab.ts'

const many = 10

/** P12 of `ux.md` 6: ten tabs of one browser take one connection, and when its tab is closed another takes over. */
export async function measureTabs(browser: Browser, url: string): Promise<Row[]> {
  const first = await openTab(browser, url)
  const streams = new Map<Tab, number>()
  const follow = (tab: Tab) => {
    streams.set(tab, 0)
    tab.page.on('request', (request) => {
      if (request.headers()['accept'] === 'text/event-stream') streams.set(tab, (streams.get(tab) ?? 0) + 1)
    })
  }
  const tabs = [first]
  follow(first)
  await first.page.goto('/inbox')
  await first.page.waitForTimeout(1_000)
  for (let n = 1; n < many; n += 1) {
    const tab = await openNextTab(first)
    follow(tab)
    tabs.push(tab)
    await tab.page.goto('/inbox')
  }
  await first.page.waitForTimeout(1_000)
  const connections = [...streams.values()].reduce((sum, one) => sum + one, 0)
  const leader = tabs.find((tab) => (streams.get(tab) ?? 0) > 0) ?? first
  const rest = tabs.filter((tab) => tab !== leader)
  const began = performance.now()
  const taken = Promise.race(
    rest.map(({ page }) => page.waitForRequest((request) => request.headers()['accept'] === 'text/event-stream', { timeout: 10_000 })),
  )
  await leader.page.close()
  await taken
  const took = performance.now() - began
  await first.page.context().close()
  return [
    {
      what: `P12: connections of ${many} tabs; until another tab has taken over`,
      atLeast: '1; ≤ 2 s',
      measured: `${connections}; ${took.toFixed(0)} ms`,
      isMet: connections === 1 && took <= 2_000,
    },
  ]
}
