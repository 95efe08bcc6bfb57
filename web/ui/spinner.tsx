import { useDelayed } from './use-delayed.ts'

const ring = <span aria-hidden className="inline-block size-4 animate-spin rounded-full border-2 border-current border-e-transparent" />

/** A turning ring: something is being waited for. With a label it is told to screen readers too, and shown only when the waiting lasts. */
export function Spinner({ label }: { readonly label?: string }) {
  const isLong = useDelayed(label !== undefined)
  if (label === undefined) return ring
  return (
    <output className={`inline-flex items-center gap-2 text-muted ${isLong ? '' : 'invisible'}`}>
      {isLong && ring}
      {label}
    </output>
  )
}
