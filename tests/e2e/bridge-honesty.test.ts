import { beforeAll, describe, expect, test } from 'vitest'
import { runScript } from './bridge-honesty/script.ts'
import { kinds, provisioning, rooms, sending, states } from './bridge-honesty/sections.ts'
import { openBridgeWorld } from './bridge-honesty/world.ts'
import { BROKE_OFF, differences, type Transcript } from './honesty/transcript.ts'

// The same script against the real bridge framework and against the sandbox's bridge, each with the same phones on a Synapse of its own. In a
// difference "Synapse" is the real framework. What only WhatsApp's own connector decides is imitated on both sides and shows nothing here.
const sections = { provisioning, rooms, kinds, sending, states }
const names = Object.keys(sections) as (keyof typeof sections)[]

async function tell(which: 'real' | 'sandbox'): Promise<Record<string, Transcript>> {
  await using world = await openBridgeWorld(which)
  const told: Record<string, Transcript> = {}
  for (const name of names) told[name] = await runScript(world, sections[name])
  return told
}

describe('the bridge of the sandbox', () => {
  let real: Record<string, Transcript>
  let sandbox: Record<string, Transcript>

  beforeAll(async () => {
    real = await tell('real')
    sandbox = await tell('sandbox')
  })

  test.each(names)('%s: it does what the real framework does', (name) => {
    expect(real[name]).not.toHaveProperty(BROKE_OFF)
    expect(differences(real[name] ?? {}, sandbox[name] ?? {}).join('\n')).toBe('')
  })
})
