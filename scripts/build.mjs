// npm run build: the page, if it is missing or older than its sources.
import { bootstrap } from './bootstrap.mjs'
import { buildPage, isPageStale } from './page.mjs'

const node = await bootstrap({ devTools: true })
process.exit(isPageStale() ? await buildPage(node) : 0)
