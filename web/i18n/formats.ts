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
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'short' })
  const date = new Intl.DateTimeFormat(language, { day: '2-digit', month: '2-digit', year: '2-digit' })
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long' })
  const dayOfYear = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', year: 'numeric' })
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'].map(
    (unit) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }),
  )

  const yesterday = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-1, 'day')
  const [hours, minutes] = ['hour', 'minute'].map((unit) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }))

  return {
    time: (at) => time.format(new Date(at)),
    shortTime: (at, now) => {
      if (dayKey(at) === dayKey(now)) return time.format(new Date(at))
      if (daysAgo(at, now) === 1) return yesterday
      return now - Date.parse(at) < 6 * DAY_MS ? weekday.format(new Date(at)) : date.format(new Date(at))
    },
    dateTime: (at) => dateTime.format(new Date(at)),
    day: (at, now) => (new Date(at).getFullYear() === new Date(now).getFullYear() ? day : dayOfYear).format(new Date(at)),
    bytes: (size) => {
      const step = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log(size) / Math.log(1000)))
      return units[step]?.format(size / 1000 ** step) ?? number.format(size)
    },
    duration: (ms) => {
      const seconds = Math.max(0, Math.ceil(ms / 1000))
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    },
    decimal: (value) => number.format(value),
    span: (ms) => {
      const whole = Math.max(1, Math.round(ms / 60_000))
      const parts = [whole >= 60 ? hours?.format(Math.floor(whole / 60)) : '', whole % 60 > 0 ? minutes?.format(whole % 60) : '']
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
