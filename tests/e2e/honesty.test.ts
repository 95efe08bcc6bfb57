import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transcriptText } from './honesty/plain.ts'
import { BROKE_OFF, runSection, type World } from './honesty/script.ts'
import { sections } from './honesty/sections.ts'
import { openSynapseWorld } from './honesty/worlds.ts'

let synapse: World & AsyncDisposable

beforeAll(async () => {
  synapse = await openSynapseWorld()
})

afterAll(() => synapse[Symbol.asyncDispose]())

test.each(sections)('Synapse does what we rely on: $name', async (section) => {
  const transcript = await runSection(section, synapse)
  expect(transcript).not.toHaveProperty(BROKE_OFF)
  const file = join(import.meta.dirname, 'honesty', 'recorded', `${section.name}.txt`)
  await expect(transcriptText(transcript)).toMatchFileSnapshot(file)
})
