import type { Json, InboundContent } from '../../provider.ts'
import { count, type Fields, fields, filled, isFields, list } from '../../../lib/fields.ts'

const mostOptions = 20

/** A poll (protocol/bridge.md 5.1); undefined for what is none. */
export function readPoll(content: Fields): InboundContent | undefined {
  const start = startOf(content)
  if (start === undefined) return undefined
  const options = answersOf(start).map(([, words]) => words)
  return {
    type: 'poll',
    poll: { question: wordsOf(start['question']), options, max_choices: Math.max(count(start['max_selections']) ?? 1, 1) },
  }
}

/** The words of a poll's options by the ids that votes name: what has to be remembered to read votes. */
export function pollFactOf(content: Fields): Json | undefined {
  const start = startOf(content)
  return start === undefined ? undefined : Object.fromEntries(answersOf(start))
}

/** The options that a vote's answers name; an empty list takes the vote back. Throws for one that names nothing of this poll. */
export function chosenIn(poll: Json, answers: readonly string[]): readonly string[] {
  const options = fields(poll)
  const chosen = [...new Set(answers)].flatMap((id) => (Object.hasOwn(options, id) ? (filled(options[id]) ?? []) : []))
  if (chosen.length === 0 && answers.length > 0) throw new Error('The vote names no option of its poll')
  return chosen
}

function startOf(content: Fields): Fields | undefined {
  const start = content['org.matrix.msc3381.poll.start']
  return isFields(start) ? start : undefined
}

function answersOf(start: Fields): readonly (readonly [id: string, words: string])[] {
  return list(start['answers'])
    .slice(0, mostOptions)
    .map((answer) => [(filled(fields(answer)['id']) ?? '').slice(0, 128), wordsOf(answer)])
}

function wordsOf(value: unknown): string {
  return (filled(fields(value)['org.matrix.msc1767.text']) ?? filled(fields(value)['body']) ?? '').slice(0, 255)
}
