import { at, path } from '../matrix-http.ts'

/** Where a message is sent to. */
export function sendPath(room: string, txn: string): string {
  return path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${txn}`
}

/** A text message's content. */
export function text(body: string, more: object = {}): object {
  return { msgtype: 'm.text', body, ...more }
}

/** Type and state key of each event, sorted. */
export function kinds(events: readonly unknown[]): string[] {
  return events.map((event) => [at(event, 'type'), at(event, 'state_key')].filter(Boolean).join(' ')).toSorted()
}

/** The fields of an event that Mistok reads; of `unsigned`, which are there. */
export function eventFields(event: unknown): Record<string, unknown> {
  const fields = ['event_id', 'type', 'sender', 'state_key', 'room_id', 'content', 'redacts']
  const marks = ['transaction_id', 'prev_content', 'redacted_because', 'invite_room_state']
  const unsigned = marks.filter((mark) => at(event, 'unsigned', mark) !== undefined)
  return {
    ...Object.fromEntries(fields.map((field) => [field, at(event, field)])),
    ...(unsigned.length > 0 ? { unsigned_has: unsigned } : {}),
  }
}
