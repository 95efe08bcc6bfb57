// run.mjs <file> [arguments]: runs a file of this project with the right Node. The command line (cli/) needs no development tools.
import { bootstrap, run, serverFlags } from './bootstrap.mjs'

const [file, ...args] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: node scripts/run.mjs <file> [arguments]')
  process.exit(64)
}
const isCli = file.startsWith('cli/')
const node = await bootstrap({ devTools: !isCli })
process.exit(await run(node, [...(isCli ? serverFlags : []), file, ...args]))
