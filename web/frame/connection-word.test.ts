import { expect, test } from 'vitest'
import { connectionWord } from './connection-word.ts'

const live = { isLost: false, isOffline: false, since: 0, wasSaid: false }
const lost = { ...live, isLost: true }
const back = { ...live, wasSaid: true }

test.each([
  ['live', live, 0, undefined, undefined],
  ['just lost', lost, 500, undefined, 1_500],
  ['lost', lost, 2_000, 'lost', 8_000],
  ['lost for long', lost, 10_000, 'offline', undefined],
  ['the device has no network', { ...lost, isOffline: true }, 100, 'offline', undefined],
  ['back after a short loss', live, 100, undefined, undefined],
  ['back after a loss that was said', back, 500, 'back', 1_500],
  ['back for a while', back, 2_000, undefined, undefined],
])('%s', (_, facts, now, word, nextIn) => expect(connectionWord(facts, now)).toEqual({ word, nextIn }))
