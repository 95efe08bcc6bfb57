/** A web, mail or phone address within a text: where it stands, in UTF-16 units, and where it leads. */
export interface FoundLink {
  readonly start: number
  readonly end: number
  readonly href: string
  /** The host that it really leads to, where the written address does not plainly show it. */
  readonly host?: string
}

/** Nothing that is unseen or turns the direction of writing is part of an address: it could make one look like another. */
const UNSEEN = '\\p{Cc}\\p{Cf}\\p{Z}'
const CANDIDATE = new RegExp(`(?<![\\p{L}\\p{N}_@/])(?:https?://|www\\.|mailto:|tel:)[^${UNSEEN}<>"«»“”\`]{1,2048}`, 'giu')
const PHONE = /^tel:\+?[\d().-]{3,20}$/i
const MAIL = /^mailto:[^@?]{1,64}@[\p{L}\p{N}.-]{3,253}$/iu

/**
 * The addresses in a text that may be followed: http, https, mailto and tel alone, so nothing that runs and no code for a phone's dialer.
 * What only looks like one is left as text (safety.md X15).
 */
export function findLinks(text: string): readonly FoundLink[] {
  return [...text.matchAll(CANDIDATE)].flatMap((match) => {
    const written = withoutTail(match[0])
    const leads = targetOf(written)
    return leads ? [{ start: match.index, end: match.index + written.length, ...leads }] : []
  })
}

function targetOf(written: string): Pick<FoundLink, 'href' | 'host'> | undefined {
  if (/^tel:/i.test(written)) return PHONE.test(written) ? { href: written } : undefined
  if (/^mailto:/i.test(written)) return MAIL.test(written) ? { href: written } : undefined
  const url = URL.parse(/^www\./i.test(written) ? `https://${written}` : written)
  if (!url || !url.hostname.includes('.') || /^\.|\.$/.test(url.hostname)) return undefined
  const shown = written.replace(/^https?:\/\//i, '').toLowerCase()
  const isPlain =
    shown === url.host || shown.startsWith(`${url.host}/`) || shown.startsWith(`${url.host}?`) || shown.startsWith(`${url.host}#`)
  return isPlain ? { href: url.href } : { href: url.href, host: url.host }
}

/** Signs that end a sentence are no part of the address, nor is a bracket that was opened before it. */
function withoutTail(written: string): string {
  const spare = { ')': spareOf(written, '(', ')'), ']': spareOf(written, '[', ']') }
  let end = written.length
  for (; end > 0; end -= 1) {
    const sign = written[end - 1] ?? ''
    if (sign === ')' || sign === ']') {
      if (spare[sign] <= 0) break
      spare[sign] -= 1
    } else if (!".,;:!?'*_~…".includes(sign)) break
  }
  return written.slice(0, end)
}

function spareOf(written: string, open: string, close: string): number {
  return written.split(close).length - written.split(open).length
}
