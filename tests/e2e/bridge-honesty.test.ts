import { beforeAll, describe, expect, test } from 'vitest'
import { botChat } from './bridge-honesty/bot.ts'
import { identity } from './bridge-honesty/identity.ts'
import { puppetless } from './bridge-honesty/puppetless.ts'
import { runScript } from './bridge-honesty/script.ts'
import { kinds, provisioning, rooms, sending, states } from './bridge-honesty/sections.ts'
import { openBridgeWorld } from './bridge-honesty/world.ts'
import { BROKE_OFF, differences, type Transcript } from './honesty/transcript.ts'

// The same script against the real bridge framework and against the sandbox's bridge, each with the same phones on a Synapse of its own. In a
// difference "Synapse" is the real framework. What only WhatsApp's own connector decides is imitated on both sides and shows nothing here.
const worlds = {
  'with double puppets': { puppets: true, sections: { provisioning, rooms, kinds, sending, identity, states } },
  'without double puppets': { puppets: false, sections: { botChat, puppetless } },
} as const
type Scripts = Readonly<Record<string, Parameters<typeof runScript>[1]>>

async function tell(which: 'real' | 'sandbox', puppets: boolean, sections: Scripts): Promise<Record<string, Transcript>> {
  await using world = await openBridgeWorld(which, { puppets })
  const told: Record<string, Transcript> = {}
  for (const [name, section] of Object.entries(sections)) told[name] = await runScript(world, section)
  return told
}

describe.each(Object.entries(worlds))('the bridge of the sandbox, %s', (_, { puppets, sections }) => {
  let real: Record<string, Transcript>
  let sandbox: Record<string, Transcript>

  beforeAll(async () => {
    real = await tell('real', puppets, sections)
    sandbox = await tell('sandbox', puppets, sections)
  })

  test.each(Object.keys(sections))('%s: it does what the real framework does', (name) => {
    expect(real[name]).not.toHaveProperty(BROKE_OFF)
    expect(differences(real[name] ?? {}, sandbox[name] ?? {}).join('\n')).toBe('')
  })
})
