const BARS = 64
/** What stands for a loudness that nobody has told, in per cent. */
const UNKNOWN = 18

/** A recording's loudness as so many bars of 0 to 100 as are drawn, whatever their number was. */
export function barsOf(loudness: readonly number[] | undefined, count = BARS): readonly number[] {
  if (!loudness || loudness.length === 0) return Array<number>(count).fill(UNKNOWN)
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * loudness.length) / count)
    const to = Math.max(from + 1, Math.floor(((bar + 1) * loudness.length) / count))
    return Math.max(...loudness.slice(from, to).map((value) => Math.min(100, Math.max(0, value))))
  })
}

/** The bars as one path, three units apart, about the middle of a height. */
export function pathOf(bars: readonly number[], height: number): string {
  return bars
    .map((bar, at) => {
      const half = Math.max(1, (bar / 100) * (height / 2 - 1))
      return `M${at * 3 + 1.5} ${(height / 2 - half).toFixed(1)}v${(half * 2).toFixed(1)}`
    })
    .join('')
}
