import { openClient } from './client.ts'
import type { Bench } from './bench.ts'
import type { Row } from './report.ts'
import { measureLoading } from './web/loading.ts'
import { openBrowser } from './web/tab.ts'
import { measureTabs } from './web/tabs.ts'
import { measureThread } from './web/thread.ts'
import { measureWorking } from './web/working.ts'

/** Half of the messages of a world lie in a hundredth of its chats. */
const wide = { numbers: 1, chats: 10_000, messages: 50_000 }
const long = { numbers: 1, chats: 100, messages: 100_000 }

/** How the page is measured. */
export const howWeb = [
  'The page as it is built, in Debian’s Chromium without a window, at 1366 × 768, beside `mistok serve` on the same machine; the bars are those of',
  '`ux.md` section 6. Processor times are those of the main thread; what waits for a core besides stands in the other times.',
]

/** The page's own figures, in a real browser. */
export async function measureWeb({ withServer, say }: Bench): Promise<Row[]> {
  const browser = await openBrowser()
  try {
    const inWide = await withServer(wide, async (server) => {
      const client = await openClient(server.url)
      try {
        const rows = [...(await measureLoading(browser, server.url)), ...(await measureWorking(browser, server.url, client, wide.chats))]
        return [...rows, ...(await measureTabs(browser, server.url))]
      } finally {
        await client.close()
      }
    })
    say(`${inWide.length} rows of the wide inbox`)
    const inLong = await withServer(long, (server) => measureThread(browser, server.url, long.messages / 2))
    return [...inWide, ...inLong]
  } finally {
    await browser.close()
  }
}
