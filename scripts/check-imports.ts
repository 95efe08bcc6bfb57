import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'

type Violation = { from: string; to: string; rule: { name: string } }
type Cruise = { modules: { source: string }[]; summary: { violations: Violation[] } }

const root = join(import.meta.dirname, '..')
const bait = join(import.meta.dirname, 'fixtures', 'imports')
const sources = '{contract,server,web,sandbox,cli,tests,scripts}/**/*.{ts,tsx,mjs}'

const strayRule = 'every file is in a room'

/** What the cruiser must find in the fixture, where each rule is broken once: a cruiser that sees nothing must not pass. */
const baitRules = [
  'contract/ and web/ run without Node',
  'contract/ imports typebox and no other package',
  strayRule,
  'every import is found',
  'every imported file is in a room',
  'no cycles',
  'only tests use tests/',
  'providers do not know each other',
  'run-time code uses no dev dependency',
  'sandbox/ imports only itself',
  'server/inbox/ imports only contract/ server/lib/ server/db/ server/providers/provider.ts server/providers/matrix-setup.ts server/providers/cloud-setup.ts',
  'web/ takes values only from the parts of contract/ that need no typebox',
  'web/ui/ imports only itself',
]

const seen = new Set(cruise(bait).summary.violations.map((violation) => violation.rule.name))
const missed = baitRules.filter((rule) => !seen.has(rule))
const { modules, summary } = cruise(root)
const cruised = new Set(modules.map((module) => module.source))
const unseen = globSync(sources, { cwd: root, exclude: (path) => path === join('scripts', 'fixtures') }).filter(
  (file) => !cruised.has(file),
)
const faults = [
  ...missed.map((rule) => `the cruiser no longer sees that its fixture breaks "${rule}"`),
  ...unseen.map((file) => `the cruiser did not look at ${file}`),
  ...summary.violations.map(({ from, to, rule }) => (rule.name === strayRule ? `${from}: ${rule.name}` : `${from} → ${to}: ${rule.name}`)),
]
for (const fault of new Set(faults)) console.log(fault)
process.exit(faults.length === 0 ? 0 : 1)

function cruise(dir: string): Cruise {
  const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs')
  const args = [program, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', '.']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', maxBuffer: 2 ** 28 })
  try {
    return JSON.parse(stdout)
  } catch {
    throw new Error(`The cruiser failed in ${relative(root, dir) || '.'}: ${stderr || stdout}`)
  }
}
