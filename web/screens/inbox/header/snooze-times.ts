const HOUR_MS = 3_600_000
/** When work begins again, on the reader's clock. */
const MORNING = 9

/** Times until which a conversation may be put off, by the reader's clock. */
export function snoozeTimes(now: number): { readonly hour: Date; readonly tomorrow: Date; readonly nextWeek: Date } {
  const morning = (days: number) => {
    const day = new Date(now)
    day.setDate(day.getDate() + days)
    day.setHours(MORNING, 0, 0, 0)
    return day
  }
  const untilMonday = (8 - new Date(now).getDay()) % 7 || 7
  return { hour: new Date(now + HOUR_MS), tomorrow: morning(1), nextWeek: morning(untilMonday) }
}

/** A time as a field of date and time takes it: on the reader's clock, to the minute. */
export function fieldTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}
