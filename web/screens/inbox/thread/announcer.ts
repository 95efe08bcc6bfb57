/** Between two sentences at least so much passes, in milliseconds: under a burst a screen reader would never come to an end. */
const REST_MS = 3_000

interface Deps {
  /** Answers how to call it off. */
  readonly later: (ms: number, run: () => void) => () => void
  readonly say: (text: string) => void
  /** The sentence for so many that were not said one by one. */
  readonly more: (count: number) => string
}

export interface Announcer {
  readonly tell: (text: string) => void
  readonly close: () => void
}

/** Says the first at once, and what comes while it rests afterwards: one as it is, several by their number. */
export function createAnnouncer({ later, say, more }: Deps): Announcer {
  let waiting: readonly string[] = []
  let callOff: (() => void) | undefined
  const saying = (text: string) => {
    say(text)
    callOff = later(REST_MS, () => {
      callOff = undefined
      const [first] = waiting
      const next = waiting.length > 1 ? more(waiting.length) : first
      waiting = []
      if (next !== undefined) saying(next)
    })
  }
  return {
    tell: (text) => {
      if (callOff) waiting = [...waiting, text]
      else saying(text)
    },
    close: () => callOff?.(),
  }
}
