import { readDisplayName } from '../names.ts'

const longestHtml = 64 * 1024
const deepest = 32
const mostTags = 2_000

/** The marks that WhatsApp itself writes around a text. */
const marks: Readonly<Record<string, string>> = { b: '*', strong: '*', i: '_', em: '_', s: '~', del: '~', strike: '~', code: '`' }
const blocks = new Set([
  'p',
  'div',
  'ul',
  'ol',
  'li',
  'blockquote',
  'pre',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'table',
  'tr',
  'details',
  'summary',
])
const silent = new Set(['mx-reply', 'script', 'style', 'head', 'title'])
const empty = new Set(['br', 'hr', 'img', 'input', 'wbr'])
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** A text as it would be typed in WhatsApp, whom it names, and whether it says of itself that it was forwarded. */
export interface RichText {
  readonly text: string
  readonly forwarded: boolean
  readonly mentions: readonly TextMention[]
}

/** A user id and where its name stands, in UTF-16 units of the text. */
export interface TextMention {
  readonly user: string
  readonly offset: number
  readonly length: number
}

interface Open {
  readonly tag: string
  readonly out: string[]
  readonly href: string | undefined
  /** Whom it names: a link to a user. */
  readonly user: string | undefined
  readonly counter: { next: number } | undefined
  readonly notice: boolean
}

/**
 * Matrix HTML as WhatsApp's own marks: `<strong>a</strong>` is `*a*`. Unknown tags are read as their text. Undefined when the
 * HTML is larger, deeper or more than is reasonable: then the plain body is what counts (safety.md S9).
 */
export function htmlToText(html: string): RichText | undefined {
  if (html.length > longestHtml) return undefined
  const stack: Open[] = [open('', '')]
  let tags = 0
  const users: string[] = []
  let forwarded = false
  const close = () => {
    const done = stack.pop()
    if (done === undefined) return
    if (done.notice) forwarded = true
    stack.at(-1)?.out.push(done.user === undefined ? rendered(done) : named(done.out.join(''), users.push(done.user) - 1))
  }
  for (const [token, slash, name, attributes] of html.matchAll(
    /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>|<!--[^>]*-->|[^<]+|</g,
  )) {
    const top = stack.at(-1) as Open
    if (name === undefined) {
      if (!token.startsWith('<!--')) top.out.push(textOf(token, stack))
      continue
    }
    tags += 1
    if (tags > mostTags) return undefined
    const tag = name.toLowerCase()
    if (empty.has(tag)) {
      if (slash === '') top.out.push(tag === 'br' ? '\n' : tag === 'hr' ? '\n---\n' : (attribute(attributes ?? '', 'alt') ?? ''))
    } else if (slash === '') {
      if (stack.length > deepest) return undefined
      stack.push(open(tag, attributes ?? ''))
    } else if (stack.some((item) => item.tag === tag)) {
      while ((stack.at(-1) as Open).tag !== tag) close()
      close()
    }
  }
  while (stack.length > 1) close()
  return { ...placed(unfolded((stack[0] as Open).out.join('')), users), forwarded }
}

function open(tag: string, attributes: string): Open {
  const href = tag === 'a' ? attribute(attributes, 'href') : undefined
  return {
    tag,
    out: [],
    href,
    user: href === undefined ? undefined : userOf(href),
    counter: tag === 'ol' ? { next: Number(attribute(attributes, 'start') ?? 1) || 1 } : undefined,
    notice: attributes.includes('data-mx-forwarded-notice'),
  }
}

function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes)
  const value = found?.[1] ?? found?.[2] ?? found?.[3]
  return value === undefined ? undefined : decode(value)
}

function textOf(raw: string, stack: readonly Open[]): string {
  const text = decode(raw)
  if (stack.some((item) => item.tag === 'pre')) return text
  return text.replace(/[ \t\r\n]+/g, ' ')
}

function userOf(link: string): string | undefined {
  const [, user] = /^https:\/\/matrix\.to\/#\/((?:@|%40)[^/?]+)/.exec(link) ?? []
  return user !== undefined && URL.canParse(link) ? decodeUri(user) : undefined
}

function decodeUri(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}

// The bridge writes a name as it shows it, with the phone behind; WhatsApp writes `@Name`.
function named(shown: string, index: number): string {
  const bare = shown.trim().replace(/^@/, '')
  return `\u0003${index}\u0004@${readDisplayName(bare).name ?? bare}\u0005`
}

/** Takes the marks of names out of a text and tells where they stood: \u0003, whom, \u0004, the name, \u0005. */
function placed(marked: string, users: readonly string[]): Pick<RichText, 'text' | 'mentions'> {
  const open: { readonly user: string | undefined; readonly offset: number }[] = []
  const mentions: TextMention[] = []
  let text = ''
  for (const [token, index] of marked.matchAll(/\u0003(\d+)\u0004|\u0005|[^\u0003\u0005]+/g)) {
    if (index !== undefined) open.push({ user: users[Number(index)], offset: text.length })
    else if (token !== '\u0005') text += token
    else {
      const { user, offset = 0 } = open.pop() ?? {}
      if (user !== undefined && text.length > offset) mentions.push({ user, offset, length: text.length - offset })
    }
  }
  return { text, mentions: mentions.toSorted((a, b) => a.offset - b.offset) }
}

// Our own marks are nobody else's to write.
function decode(raw: string): string {
  return decodeEntities(raw).replace(/[\u0001-\u0005]/g, '')
}

function decodeEntities(raw: string): string {
  return raw.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole
    const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : ''
  })
}

// \u0001 is a line break between blocks: several of them are one.
function rendered(done: Open): string {
  const inner = done.out.join('')
  if (done.notice || silent.has(done.tag)) return ''
  const mark = marks[done.tag]
  if (mark !== undefined) return marked(inner, mark)
  switch (done.tag) {
    case 'a':
      return linked(inner, done.href)
    case 'pre':
      return `\u0001\`\`\`${inner.trimEnd().replace(/^`|`$/g, '')}\`\`\`\u0001`
    case 'blockquote':
      return `\u0001${lines(inner)
        .map((line) => `> ${line}`)
        .join('\n')}\u0001`
    case 'ul':
    case 'ol':
      return listed(inner, done.counter)
    case 'li':
      return `\u0002${lines(inner).join('\n')}`
    case 'p':
      return `\u0001${inner}\u0001`
    default:
      return blocks.has(done.tag) ? `\u0001${inner}\u0001` : inner
  }
}

function lines(inner: string): readonly string[] {
  return unfolded(inner).split('\n')
}

function unfolded(inner: string): string {
  return inner.replace(/ *\u0001[\u0001 ]*/g, '\n').replace(/^\n+|\s+$/g, '')
}

function marked(inner: string, mark: string): string {
  const [, before = '', middle = '', after = ''] = /^(\s*)([^]*?)(\s*)$/.exec(inner) ?? []
  return middle === '' ? inner : `${before}${mark}${middle}${mark}${after}`
}

function linked(inner: string, href: string | undefined): string {
  if (href === undefined || !/^(https?:|mailto:|tel:)/i.test(href) || href.startsWith('https://matrix.to/')) return inner
  const shown = inner.trim()
  return shown === '' ? href : href.includes(shown) || shown.includes(href) ? inner : `${inner} (${href})`
}

function listed(inner: string, counter: { next: number } | undefined): string {
  const items = inner.split('\u0002').slice(1)
  return `\u0001${items.map((item) => `${counter === undefined ? '-' : `${counter.next++}.`} ${item.replace(/[\u0001\s]+$/, '')}`).join('\n')}\u0001`
}
