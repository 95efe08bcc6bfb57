/** WhatsApp's own marks in a text, or undefined when there are none, as Matrix HTML. Works on each line by itself but for code blocks. */
export function htmlOfMarkup(text: string): string | undefined {
  const escaped = escapeHtml(text)
  const html = escaped
    .split('```')
    .map((part, index, parts) => (index % 2 === 1 && index < parts.length - 1 ? `<pre><code>${part}</code></pre>` : markLines(part)))
    .join('')
  const broken = html.replaceAll('\n', '<br>')
  return broken === escaped.replaceAll('\n', '<br>') ? undefined : broken
}

function markLines(text: string): string {
  const inline: [RegExp, string][] = [
    [/(^|[\s(>])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?=$|[\s).,!?:;<])/g, 'strong'],
    [/(^|[\s(>])_([^\s_](?:[^_\n]*[^\s_])?)_(?=$|[\s).,!?:;<])/g, 'em'],
    [/(^|[\s(>])~([^\s~](?:[^~\n]*[^\s~])?)~(?=$|[\s).,!?:;<])/g, 'del'],
    [/(^|[\s(>])`([^`\n]+)`(?=$|[\s).,!?:;<])/g, 'code'],
  ]
  const marked = inline.reduce((whole, [pattern, tag]) => whole.replaceAll(pattern, `$1<${tag}>$2</${tag}>`), text)
  return marked
    .replaceAll(/(?:^|\n)((?:&gt; .*(?:\n|$))+)/g, (_, lines: string) => `<blockquote>${unmark(lines, /^&gt; /)}</blockquote>`)
    .replaceAll(/(?:^|\n)((?:[*-] .*(?:\n|$))+)/g, (_, lines: string) => `<ul>${items(lines, /^[*-] /)}</ul>`)
    .replaceAll(/(?:^|\n)((?:\d+\. .*(?:\n|$))+)/g, (_, lines: string) => `<ol>${items(lines, /^\d+\. /)}</ol>`)
}

function unmark(lines: string, mark: RegExp): string {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(mark, ''))
    .join('<br>')
}

function items(lines: string, mark: RegExp): string {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => `<li>${line.replace(mark, '')}</li>`)
    .join('')
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Matrix HTML as WhatsApp text; `mention` gives the digits for a user id in a pill, if it is somebody on WhatsApp. */
export function markupOfHtml(html: string, mention: (mxid: string) => string | undefined): string {
  return html
    .replaceAll(/<mx-reply>[\s\S]*?<\/mx-reply>/g, '')
    .replaceAll(/<a [^>]*href="https:\/\/matrix\.to\/#\/([^"]+)"[^>]*>([\s\S]*?)<\/a>/g, (_, id: string, text: string) => {
      const digits = mention(decodeURIComponent(unescapeHtml(id)))
      return digits === undefined ? text : `@${digits}`
    })
    .replaceAll(/<a [^>]*href="([^"]+)"[^>]*>([\s\S]*?)<\/a>/g, (_, href: string, text: string) =>
      unescapeHtml(href) === text ? text : `${text} (${href})`,
    )
    .replaceAll(/<pre><code[^>]*>([\s\S]*?)<\/code><\/pre>/g, '```$1```')
    .replaceAll(/<\/?(?:strong|b)>/g, '*')
    .replaceAll(/<\/?(?:em|i)>/g, '_')
    .replaceAll(/<\/?(?:del|s|strike)>/g, '~')
    .replaceAll(/<\/?code[^>]*>/g, '`')
    .replaceAll(
      /<blockquote>([\s\S]*?)<\/blockquote>/g,
      (_, inside: string) =>
        `${lines(inside)
          .map((line) => `> ${line}`)
          .join('\n')}\n`,
    )
    .replaceAll(/<ol[^>]*>([\s\S]*?)<\/ol>/g, (_, inside: string) => list(inside, (index) => `${index + 1}. `))
    .replaceAll(/<ul[^>]*>([\s\S]*?)<\/ul>/g, (_, inside: string) => list(inside, () => '* '))
    .replaceAll(/<br\s*\/?>/g, '\n')
    .replaceAll(/<\/p>\s*<p>/g, '\n\n')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, unescapeHtml)
    .trim()
}

function lines(html: string): string[] {
  return html
    .replaceAll(/<\/?p>/g, '')
    .trim()
    .split(/<br\s*\/?>|\n/)
}

function list(html: string, mark: (index: number) => string): string {
  const entries = [...html.matchAll(/<li>([\s\S]*?)<\/li>/g)].map((match, index) => `${mark(index)}${match[1] ?? ''}`)
  return `${entries.join('\n')}\n`
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&nbsp;': ' ' }

function unescapeHtml(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => entities[entity] ?? entity)
}
