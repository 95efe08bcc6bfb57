import { initials } from './avatar.tsx'

/** A colleague's first letters in a small circle, with the words that say what they have to do with it; no words where their name stands beside. */
export function SmallAvatar({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <span
      {...(label === '' ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label, title: label })}
      className="inline-flex size-5 shrink-0 items-center justify-center rounded-full border border-line bg-surface2 text-[0.625rem] font-semibold text-muted"
    >
      {initials(name)}
    </span>
  )
}
