/** As wide as a day in quarters of an hour. */
const WIDTH = 96
const HEIGHT = 24

/** How a figure went over the day, as a line; what it says stands in the table of the day. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return null
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="h-6 w-full text-brand rtl:-scale-x-100">
      <path d={linePath(values)} fill="none" stroke="currentColor" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  )
}

/** The line through all values, the latest at the end; one that never moves lies at the bottom. */
export function linePath(values: readonly number[]): string {
  const top = Math.max(...values, 1)
  const step = WIDTH / (values.length - 1)
  const points = values.map((value, at) => `${round(at * step)} ${round(HEIGHT - 1 - (value / top) * (HEIGHT - 2))}`)
  return `M${points.join('L')}`
}

const round = (value: number) => Math.round(value * 10) / 10
