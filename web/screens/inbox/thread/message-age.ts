import type { Message } from '../../../../contract/message.ts'

/** Whether WhatsApp still lets it be changed. While that is not known it is offered, and the server decides. */
export function isYoung({ sent_at }: Message, age: false | { readonly max_age_seconds: number } | undefined): boolean {
  if (age === undefined) return true
  return age !== false && Date.now() - Date.parse(sent_at) < age.max_age_seconds * 1_000
}
