import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordedFile } from './honesty/recorded.ts'
import { runSection, type World } from './honesty/script.ts'
import { sections } from './honesty/sections.ts'
import { BROKE_OFF, differences, transcriptText, type Transcript } from './honesty/transcript.ts'
import { openSandboxWorld, openSynapseWorld } from './honesty/worlds.ts'

let synapse: World & AsyncDisposable
let sandbox: World & AsyncDisposable

beforeAll(async () => {
  synapse = await openSynapseWorld()
  sandbox = await openSandboxWorld()
})

afterAll(async () => {
  await synapse?.[Symbol.asyncDispose]()
  await sandbox?.[Symbol.asyncDispose]()
})

describe.each(sections)('$name', (section) => {
  let truth: Transcript

  beforeAll(async () => {
    truth = await runSection(section, synapse)
  })

  test('Synapse still does what is recorded', async () => {
    expect(truth).not.toHaveProperty(BROKE_OFF)
    await expect(transcriptText(truth)).toMatchFileSnapshot(recordedFile(section))
  })

  test('the sandbox does the same', async () => {
    const imitation = await runSection(section, sandbox)
    const found = differences(truth, imitation)
    if (found.length > 0) expect.fail(`the sandbox differs in ${found.length} places:\n${found.join('\n')}`)
  })
})
