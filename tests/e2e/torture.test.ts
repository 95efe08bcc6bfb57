import { expect, test } from 'vitest'
import { bridgeFaultsOf, killBesideRealBridge } from '../torture/bridge-runs.ts'
import { faultsOf } from '../torture/compare.ts'
import { killUnderTraffic } from '../torture/demo-runs.ts'
import { killBehindWebhooks, webhookFaultsOf } from '../torture/meta-runs.ts'
import { takeSynapseAway } from '../torture/synapse-runs.ts'

// The short form; `npm run torture` does it at full length and writes docs/reliability.md.

test('server and PostgreSQL are killed under traffic: nothing is lost, doubled or put out of order, and the stream misses nothing', async () => {
  const { comparison } = await killUnderTraffic({
    victims: ['server', 'postgres', 'server', 'postgres', 'server', 'postgres'],
    load: { chats: 4, pauseMs: 400 },
    everyMs: 1_500,
    calm: { patienceMs: 90_000, afterMs: 2_000 },
  })
  expect(faultsOf(comparison)).toEqual({})
  expect(comparison.inbound.messages).toBeGreaterThan(50)
  expect(comparison.outbound.messages).toBeGreaterThan(20)
})

test('the server is killed right behind its answers to Meta: what it has taken is there, once, and so is what came again', async () => {
  const outcome = await killBehindWebhooks({ kills: 5, atOnce: 12 })
  expect(webhookFaultsOf(outcome)).toEqual({})
  expect(outcome).toMatchObject({ messages: 240 })
  // Otherwise nothing was killed between the answer and the work.
  expect(outcome.unapplied).toBeGreaterThan(0)
})

test('Synapse is killed under traffic: what its pushes lose, the audit brings', async () => {
  const { comparison } = await takeSynapseAway({
    takings: ['kill', 'kill'],
    road: 'push',
    load: { chats: 3, pauseMs: 800 },
    everyMs: 2_500,
    // It is at rest long before on a quiet machine.
    calm: { patienceMs: 110_000, afterMs: 2_000 },
  })
  // What Synapse lost on its way to the bridge is said to be in doubt after 90 s, which only the long form waits for.
  const { outbound_unsettled: _, ...faults } = faultsOf(comparison)
  expect(faults).toEqual({})
  expect(comparison.inbound.messages).toBeGreaterThan(20)
}, 500_000)

test('13.20 the real bridge is killed with 100 messages under way, in durable mode: all of them are there', async () => {
  const outcome = await killBesideRealBridge({
    victims: ['bridge'],
    mode: 'durable',
    load: { chats: 3, pauseMs: 800 },
    burst: 100,
    everyMs: 2_500,
    calm: { patienceMs: 30_000, afterMs: 2_000 },
  })
  // What was under way to WhatsApp is said to be in doubt after 90 s, which only the long form waits for.
  const { outbound_unsettled: _, ...faults } = bridgeFaultsOf(outcome)
  expect(faults).toEqual({})
  expect(outcome.comparison.inbound.messages).toBeGreaterThan(100)
}, 400_000)

test('the real bridge: a second message doubled by one death is a fault, and so is one that no death explains', () => {
  const way = { messages: 3, lost: [], doubled: [], disordered: [] }
  const comparison = {
    inbound: { ...way, doubled: ['one', 'two', 'three'] },
    outbound: { ...way, unconfirmed: [], unsettled: [] },
    stream: { messages: 3, missed: [], repeated: 0, connections: 1 },
    invented: [],
  }
  const deaths = [{ victim: 'bridge', doubled: ['one', 'two'] }] as const
  expect(bridgeFaultsOf({ comparison, mode: 'durable', deaths })).toEqual({ inbound_doubled: ['two', 'three'] })
  expect(bridgeFaultsOf({ comparison, mode: 'default', deaths })).toEqual({})
})
