import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel } from '../../contract/channel.ts'
import type { ConversationId } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import type { Api } from './api.ts'

/** What the steps share while somebody goes through them. */
export interface Scene {
  readonly api: Api
  /** Messages from before are not looked at. */
  readonly began: string
  /** What a text must begin with to be a command of the bridge. */
  readonly prefix: string
  /** Phone A's number, where it is not the only one that is linked. */
  readonly phone: string | undefined
  channel: Channel | undefined
  /** The chat with phone B, once it has written. */
  chat: ConversationId | undefined
  /** The messages that steps were about, by the step's id, as they were found. */
  readonly kept: Map<string, Message>
}

/** What a look showed: undefined while it is too early to say. */
export type Seen = { readonly pass: string } | { readonly fail: string } | undefined

/** One thing that a person does with two phones, or that we do, and how it is known to have worked. `name` is the word its message carries. */
export interface Step {
  readonly id: string
  /** The number in protocol/bridge.md that it belongs to, as `13.15`. */
  readonly shows: string
  /** What the person is to do. */
  readonly todo: (name: string, scene: Scene) => string
  /** What we do first. */
  readonly act?: (scene: Scene, name: string) => Promise<void>
  readonly look?: (scene: Scene, name: string) => Promise<Seen>
  /** What only eyes can tell, to be answered by yes or no. */
  readonly question?: string
}

export type Answer = 'yes' | 'no' | 'skip'

/** Who holds the phones. */
export interface Person {
  begin(step: { readonly id: string; readonly shows: string; readonly name: string; readonly todo: string }): void
  ended(outcome: Outcome): void
  ask(question: string): Promise<Answer>
  /** Resolves when they would rather go on without this step; not once the signal is raised. */
  skips(signal: AbortSignal): Promise<void>
}

/** How one step ended; `seen` says in words what was there. */
export interface Outcome {
  readonly id: string
  readonly shows: string
  readonly name: string
  readonly result: 'pass' | 'FAIL' | 'skipped'
  readonly seen: string
}

/** Goes through the steps one by one. A step that has not come true after `patienceMs` has failed; the next one goes on. */
export async function walk(
  steps: readonly Step[],
  scene: Scene,
  person: Person,
  { patienceMs = 180_000, everyMs = 1_000 }: { readonly patienceMs?: number; readonly everyMs?: number } = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [index, step] of steps.entries()) {
    const name = `step ${index + 1}`
    const { id, shows } = step
    person.begin({ id, shows, name, todo: step.todo(name, scene) })
    const outcome = { id, shows, name, ...(await take(step, name)) }
    person.ended(outcome)
    outcomes.push(outcome)
  }
  return outcomes

  async function take(step: Step, name: string): Promise<Pick<Outcome, 'result' | 'seen'>> {
    try {
      await step.act?.(scene, name)
      const looked = await watch(step, name)
      if (looked.result !== 'pass' || step.question === undefined) return looked
      const answer = await person.ask(step.question)
      const seen = answer === 'no' ? `not so: ${step.question}` : looked.seen
      return { result: answer === 'yes' ? 'pass' : answer === 'no' ? 'FAIL' : 'skipped', seen }
    } catch (error) {
      return { result: 'FAIL', seen: error instanceof Error ? error.message : String(error) }
    }
  }

  async function watch({ look }: Step, name: string): Promise<Pick<Outcome, 'result' | 'seen'>> {
    if (look === undefined) return { result: 'pass', seen: 'by eye' }
    const over = new AbortController()
    let skipped = false
    void person.skips(over.signal).then(() => (skipped = true))
    const until = Date.now() + patienceMs
    try {
      for (;;) {
        const seen = await look(scene, name)
        if (seen !== undefined) return 'pass' in seen ? { result: 'pass', seen: seen.pass } : { result: 'FAIL', seen: seen.fail }
        if (skipped) return { result: 'skipped', seen: 'left out' }
        if (Date.now() >= until) return { result: 'FAIL', seen: `not seen in the inbox within ${Math.round(patienceMs / 1_000)} s` }
        await sleep(everyMs)
      }
    } finally {
      over.abort()
    }
  }
}
