import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { wantedOfBridge, wantedOfHomeserver } from '../server/providers/matrix/setup/wanted.ts'

const root = join(import.meta.dirname, '..')
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })

test('every link within the documents leads to a file', () => {
  const lost = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`),
  )
  expect(lost).toEqual([])
})

test('every guide stands in both languages, each leading to the other', () => {
  const guides = globSync('docs/guides/*.md', { cwd: root }).filter((page) => !page.endsWith('.uk.md'))
  expect(guides.length).toBeGreaterThan(5)
  for (const guide of guides) {
    const name = guide.slice(guide.lastIndexOf('/') + 1, -'.md'.length)
    expect(readFileSync(join(root, guide), 'utf8')).toContain(`(${name}.uk.md)`)
    expect(readFileSync(join(root, guide.replace('.md', '.uk.md')), 'utf8')).toContain(`(${name}.md)`)
  }
})

/** Where checks are made; a check of Meta's account is named apart by the doctor. */
const checked = [
  ['server/providers/matrix/setup/{homeserver,bridge,bot,config-files}.ts', ''],
  ['cli/{doctor,doctor-machine}.ts', ''],
  ['server/providers/cloud/probe.ts', 'meta_'],
] as const
const madeAs = /(?:\b(?:passed|warned|refused|skipped|ok|warning|wrong)\(\s*|\bid: |\bunreadable\()'([a-z_]+)'/g

test.each(['troubleshooting.md', 'troubleshooting.uk.md'])('%s has every line of the doctor', (guide) => {
  const table = readFileSync(join(root, 'docs/guides', guide), 'utf8')
  const made = checked.flatMap(([files, prefix]) =>
    globSync(files, { cwd: root, exclude: ['**/*.test.ts'] }).flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(madeAs)].map(([, id = '']) => prefix + id),
    ),
  )
  const all = new Set([...made, ...[...wantedOfBridge, ...wantedOfHomeserver].map(({ id }) => id)])
  expect(all.size).toBeGreaterThan(40)
  expect([...all].filter((id) => !table.includes(`\`${id}\``))).toEqual([])
})
