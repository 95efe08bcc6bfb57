import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Section } from './script.ts'
import { parseTranscript, type Transcript } from './transcript.ts'

/** Where it stands what Synapse answered to a section. `npm run e2e -- -u` writes it anew after a change of Synapse or of the section. */
export function recordedFile(section: Section): string {
  return join(import.meta.dirname, 'recorded', `${section.name}.txt`)
}

/** What Synapse answered when the section was last recorded. */
export function readRecorded(section: Section): Transcript {
  return parseTranscript(readFileSync(recordedFile(section), 'utf8'))
}
