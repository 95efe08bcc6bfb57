import { gzipSync } from 'node:zlib'
import type { Browser, Response } from 'playwright-core'
import { conversationOf } from '../names.ts'
import type { Row } from '../report.ts'
import { median } from '../stats.ts'
import { isReady, openTab, type Tab } from './tab.ts'

const times = 5

/** P1 and P3 of `ux.md` 6: what is fetched until one can work, and how long that takes, plain and on a slow phone. */
export async function measureLoading(browser: Browser, url: string): Promise<Row[]> {
  const loads = []
  for (let n = 0; n < times; n += 1) loads.push(await load(browser, url, false))
  const slow = []
  for (let n = 0; n < times; n += 1) slow.push(await load(browser, url, true))
  const [first] = loads
  if (first === undefined) throw new Error('nothing was loaded')
  const plain = median(loads.map(({ ready }) => ready))
  const hard = median(slow.map(({ ready }) => ready))
  const cpu = median(loads.map((one) => one.cpu))
  const shift = Math.max(...loads.map((one) => one.shift))
  return [
    {
      what: 'P1: script and styles until one can work, gzipped; requests for files; requests elsewhere',
      atLeast: '≤ 150 kB, ≤ 20 kB; ≤ 8; 0',
      measured: `${kB(first.script)}, ${kB(first.styles)}; ${first.files}; ${first.elsewhere}`,
      isMet: first.script <= 150_000 && first.styles <= 20_000 && first.files <= 8 && first.elsewhere === 0,
    },
    {
      what: 'P3: until one can work; on 4 × slower processor and 10 Mbit/s',
      atLeast: '≤ 600 ms; ≤ 1.5 s',
      measured: `${plain.toFixed(0)} ms; ${(hard / 1_000).toFixed(2)} s`,
      isMet: plain <= 600 && hard <= 1_500,
    },
    {
      what: 'P3: main thread meanwhile; layout shift',
      atLeast: '≤ 250 ms of processor; ≤ 0.02',
      measured: `${cpu.toFixed(0)} ms; ${shift.toFixed(3)}`,
      isMet: cpu <= 250 && shift <= 0.02,
    },
  ]
}

async function load(browser: Browser, url: string, isSlow: boolean) {
  const tab = await openTab(browser, url)
  const { page } = tab
  const answers: Response[] = []
  page.on('response', (answer) => answers.push(answer))
  if (isSlow) await slowDown(tab)
  await page.addInitScript({ content: watchShift })
  await page.goto(`/inbox/${conversationOf(1)}`, { waitUntil: 'commit' })
  await page.waitForFunction(isReady, undefined, { polling: 'raf', timeout: 60_000 })
  const ready = await page.evaluate(() => performance.now())
  const cpu = await tab.cpu()
  const shift = (await page.evaluate('globalThis.shift')) as number
  const sizes = await sizesOf(answers, url)
  await page.context().close()
  return { ready, cpu, shift, ...sizes }
}

/** Runs in the page: adds up how far things move that nobody moved. */
const watchShift = `globalThis.shift = 0
new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.shift += entry.value }).observe({ type: 'layout-shift', buffered: true })`

async function slowDown({ cdp }: Tab): Promise<void> {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const perSecond = (10 * 1_000_000) / 8
  await cdp.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 40,
    downloadThroughput: perSecond,
    uploadThroughput: perSecond,
  })
}

async function sizesOf(answers: readonly Response[], url: string) {
  const ours = answers.filter((answer) => answer.url().startsWith(url))
  // More may come while the bodies are read.
  const elsewhere = answers.length - ours.length
  const files = ours.filter((answer) => !answer.url().includes('/api/'))
  const sizeOf = async (ending: string) => {
    let size = 0
    for (const answer of files) if (new URL(answer.url()).pathname.endsWith(ending)) size += gzipSync(await answer.body()).byteLength
    return size
  }
  return { script: await sizeOf('.js'), styles: await sizeOf('.css'), files: files.length, elsewhere }
}

const kB = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`
