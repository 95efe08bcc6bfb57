/** A turning ring: something is being waited for. With a label it is told to screen readers too. */
export function Spinner({ label }: { readonly label?: string }) {
  const ring = <span aria-hidden className="inline-block size-4 animate-spin rounded-full border-2 border-current border-e-transparent" />
  if (!label) return ring
  return (
    <output className="inline-flex items-center gap-2 text-muted">
      {ring}
      {label}
    </output>
  )
}
