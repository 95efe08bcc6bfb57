/** A person's or group's picture, or the first letters of the name. The name stands beside it, so it is not read out. */
export function Avatar({ name, url }: { readonly name: string; readonly url?: string | undefined }) {
  const shape = 'size-11 shrink-0 rounded-full'
  if (url) return <img src={url} alt="" className={`${shape} object-cover`} />
  return (
    <span aria-hidden className={`${shape} inline-flex items-center justify-center bg-out font-semibold text-brand`}>
      {initials(name)}
    </span>
  )
}

/** The first letters of a name, or a sign where there is no letter. */
export function initials(name: string): string {
  const letters = name.split(/\s+/).flatMap((word) => word.match(/^\p{L}\p{M}*/u) ?? [])
  return letters.slice(0, 2).join('').toLocaleUpperCase() || '#'
}
