import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

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
