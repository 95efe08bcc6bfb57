import { expect, test } from 'vitest'
import { buildOf } from './version-bar.tsx'

test.each([
  ['<script type="module" crossorigin src="/assets/index-C97Bij8e.js"></script>', '/assets/index-C97Bij8e.js'],
  ['<link href="/assets/index-C_jkW00g.css"><script src="/assets/index-a_b-9.js">', '/assets/index-a_b-9.js'],
  ['<script type="module" src="/main.tsx"></script>', undefined],
])('the build of %s is %s', (html, build) => expect(buildOf(html)).toBe(build))
