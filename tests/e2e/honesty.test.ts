import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from './honesty/limits.ts'
import { recordedFile } from './honesty/recorded.ts'
import { runSection, type Section, type World } from './honesty/script.ts'
import { sections } from './honesty/sections.ts'
import { BROKE_OFF, differences, transcriptText, type Transcript } from './honesty/transcript.ts'
import { openSandboxWorld, openSynapseWorld } from './honesty/worlds.ts'

type OpenWorld = World & AsyncDisposable

function compare(section: Section, worlds: { synapse?: OpenWorld; sandbox?: OpenWorld }): void {
  describe(section.name, () => {
    let truth: Transcript

    beforeAll(async () => {
      if (worlds.synapse !== undefined) truth = await runSection(section, worlds.synapse)
    })

    test('Synapse still does what is recorded', async () => {
      expect(truth).not.toHaveProperty(BROKE_OFF)
      await expect(transcriptText(truth)).toMatchFileSnapshot(recordedFile(section))
    })

    test('the sandbox does the same', async () => {
      const imitation = worlds.sandbox === undefined ? {} : await runSection(section, worlds.sandbox)
      const found = differences(truth, imitation)
      expect(found.join('\n')).toBe('')
    })
  })
}

describe.each([
  { loginLimits: 'high', topics: sections },
  { loginLimits: 'default', topics: [limits] },
] as const)('$loginLimits limits', ({ loginLimits, topics }) => {
  const worlds: { synapse?: OpenWorld; sandbox?: OpenWorld } = {}

  beforeAll(async () => {
    worlds.synapse = await openSynapseWorld(loginLimits)
    worlds.sandbox = await openSandboxWorld(loginLimits)
  })

  afterAll(async () => {
    await worlds.synapse?.[Symbol.asyncDispose]()
    await worlds.sandbox?.[Symbol.asyncDispose]()
  })

  for (const section of topics) compare(section, worlds)
})
