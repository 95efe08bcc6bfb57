import { lazily } from './lazily.ts'

/** Times, sizes and days in one language and the reader's own time zone. */
export interface Formats {
  /** 10:31 */
  readonly time: (at: string) => string
  /** For a list: the time today, yesterday by its word, else the weekday or the date. */
  readonly shortTime: (at: string, now: number) => string
  readonly dateTime: (at: string) => string
  /** 21 November; with the year when it is another one. */
  readonly day: (at: string, now: number) => string
  readonly bytes: (size: number) => string
  /** 2:31 */
  readonly duration: (ms: number) => string
  /** 0.5 */
  readonly decimal: (value: number) => string
  /** 1 hr 40 min */
  readonly span: (ms: number) => string
}

const DAY_MS = 86_400_000

export function createFormats(language: string): Formats {
  const dates = (how: Intl.DateTimeFormatOptions) => lazily(() => new Intl.DateTimeFormat(language, how))
  const numbers = (how: Intl.NumberFormatOptions) => lazily(() => new Intl.NumberFormat(language, how))
  const short = { style: 'unit', unitDisplay: 'short' } as const

  const time = dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const weekday = dates({ weekday: 'short' })
  const date = dates({ day: '2-digit', month: '2-digit', year: '2-digit' })
  const day = dates({ day: 'numeric', month: 'long' })
  const dayOfYear = dates({ day: 'numeric', month: 'long', year: 'numeric' })
  const dateTime = dates({ dateStyle: 'medium', timeStyle: 'short' })
  const number = numbers({ maximumFractionDigits: 1 })
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'].map((unit) => numbers({ ...short, unit, maximumFractionDigits: 1 }))
  const hours = numbers({ ...short, unit: 'hour' })
  const minutes = numbers({ ...short, unit: 'minute' })
  const yesterday = lazily(() => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-1, 'day'))

  return {
    time: (at) => time().format(new Date(at)),
    shortTime: (at, now) => {
      if (dayKey(at) === dayKey(now)) return time().format(new Date(at))
      if (daysAgo(at, now) === 1) return yesterday()
      return (now - Date.parse(at) < 6 * DAY_MS ? weekday : date)().format(new Date(at))
    },
    dateTime: (at) => dateTime().format(new Date(at)),
    day: (at, now) => (new Date(at).getFullYear() === new Date(now).getFullYear() ? day : dayOfYear)().format(new Date(at)),
    bytes: (size) => {
      const step = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log(size) / Math.log(1000)))
      return (units[step] ?? number)().format(size / 1000 ** step)
    },
    duration: (ms) => {
      const seconds = Math.max(0, Math.ceil(ms / 1000))
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    },
    decimal: (value) => number().format(value),
    span: (ms) => {
      const whole = Math.max(1, Math.round(ms / 60_000))
      const parts = [whole >= 60 ? hours().format(Math.floor(whole / 60)) : '', whole % 60 > 0 ? minutes().format(whole % 60) : '']
      return parts.filter(Boolean).join(' ')
    },
  }
}

/** The day in the reader's time zone, as a value that can be compared. */
export function dayKey(at: string | number): string {
  const day = new Date(at)
  return `${day.getFullYear()}-${day.getMonth()}-${day.getDate()}`
}

/** How many days ago, in calendar days of the reader. */
export function daysAgo(at: string, now: number): number {
  const midnight = (value: string | number) => new Date(value).setHours(0, 0, 0, 0)
  return Math.round((midnight(now) - midnight(at)) / DAY_MS)
}
