// npm start: installs and builds what is missing, then runs the demo. Arguments are passed on to it.
import { bootstrap, run, serverFlags } from './bootstrap.mjs'
import { buildPage, isPageStale } from './page.mjs'

const stale = isPageStale()
const node = await bootstrap({ devTools: stale })
const built = stale ? await buildPage(node) : 0
process.exit(built === 0 ? await run(node, [...serverFlags, 'cli/main.ts', 'demo', ...process.argv.slice(2)]) : built)
