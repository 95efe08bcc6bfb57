import type { Message } from '../../../../contract/message.ts'

type Age = false | { readonly max_age_seconds: number } | undefined

/** How long WhatsApp still lets it be changed, in milliseconds; 0 when it does no more, undefined where no end of it is known. */
export function timeLeft({ sent_at }: Pick<Message, 'sent_at'>, age: Age, now: number): number | undefined {
  if (age === undefined) return undefined
  return age === false ? 0 : Math.max(0, Date.parse(sent_at) + age.max_age_seconds * 1_000 - now)
}

/** Whether WhatsApp still lets it be changed. While that is not known it is offered, and the server decides. */
export function isYoung(message: Message, age: Age): boolean {
  return timeLeft(message, age, Date.now()) !== 0
}
