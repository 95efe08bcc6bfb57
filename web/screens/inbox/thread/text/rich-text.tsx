import { Fragment, type ReactNode, useMemo, useState } from 'react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useRowTab } from '../row-focus.ts'
import { type Block, type Inline, type Named, parseMarks } from './marks.ts'
import { countLoneEmoji, foldAt } from './measure.ts'

interface RichTextProps {
  readonly text: string
  readonly mentions?: readonly Named[] | undefined
  /** A few emoji alone are drawn large. */
  readonly isAlone?: boolean
}

const emojiSizes = { 1: 'text-[2.75rem]', 2: 'text-[2.25rem]', 3: 'text-[1.75rem]' } as const

/** What somebody wrote, with WhatsApp's marks and with its addresses made links. A long text is folded. It is never HTML. */
export function RichText({ text, mentions, isAlone = false }: RichTextProps) {
  const { words } = useSpeech()
  const tab = useRowTab()
  const [isOpen, setOpen] = useState(false)
  const fold = foldAt(text)
  const isFolded = fold < text.length && !isOpen
  const blocks = useMemo(() => parseMarks(isFolded ? text.slice(0, fold) : text, mentions), [text, fold, isFolded, mentions])
  const emoji = isAlone ? countLoneEmoji(text) : 0
  if (emoji > 0) return <p className={`${emojiSizes[emoji as 1 | 2 | 3]} leading-tight`}>{text.trim()}</p>
  return (
    <>
      <div dir="auto" className="grid grid-cols-1 gap-1 overflow-clip whitespace-pre-wrap wrap-anywhere [overflow-clip-margin:4px]">
        {blocks.map(drawBlock)}
      </div>
      {isFolded && (
        <button type="button" tabIndex={tab} onClick={() => setOpen(true)} className="target -my-1 font-medium text-brand">
          {words.message.showAll}
        </button>
      )}
    </>
  )
}

function drawBlock(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'lines':
      return (
        <p key={key} dir="auto">
          {withBreaks(block.lines)}
        </p>
      )
    case 'quote':
      return (
        <blockquote key={key} dir="auto" className="border-s-4 border-control ps-2 text-muted">
          {withBreaks(block.lines)}
        </blockquote>
      )
    case 'bullets':
      return (
        <ul key={key} className="list-disc ps-5">
          {block.lines.map(drawItem)}
        </ul>
      )
    case 'numbers':
      return (
        <ol key={key} start={block.start} className="list-decimal ps-6">
          {block.lines.map(drawItem)}
        </ol>
      )
    case 'mono':
      return (
        <pre key={key} dir="ltr" className="rounded bg-fg/5 p-2 font-mono text-sm whitespace-pre-wrap">
          {block.text}
        </pre>
      )
  }
}

function drawItem(line: readonly Inline[], key: number): ReactNode {
  return (
    <li key={key} dir="auto">
      {line.map(drawInline)}
    </li>
  )
}

function withBreaks(lines: readonly (readonly Inline[])[]): ReactNode {
  return lines.map((line, index) => (
    <Fragment key={index}>
      {index > 0 && '\n'}
      {line.map(drawInline)}
    </Fragment>
  ))
}

function drawInline(part: Inline, key: number): ReactNode {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'bold':
      return <strong key={key}>{part.parts.map(drawInline)}</strong>
    case 'italic':
      return <em key={key}>{part.parts.map(drawInline)}</em>
    case 'strike':
      return <s key={key}>{part.parts.map(drawInline)}</s>
    case 'code':
      return (
        <code key={key} className="rounded bg-fg/5 px-1 font-mono text-sm">
          {part.text}
        </code>
      )
    case 'link':
      return <TextLink key={key} {...part} />
    case 'mention':
      return (
        <bdi key={key} className="font-medium text-brand">
          {part.text.startsWith('@') ? part.text : `@${part.text}`}
        </bdi>
      )
  }
}

/** The host stands beside an address that hides where it leads. */
function TextLink({ text, href, host }: Extract<Inline, { readonly kind: 'link' }>) {
  const tab = useRowTab()
  return (
    <>
      <a href={href} target="_blank" rel="noopener noreferrer" title={href} tabIndex={tab} className="text-tick underline">
        <bdi>{text}</bdi>
      </a>
      {host && (
        <bdi dir="ltr" className="text-sm text-warn">
          {' '}
          ({host})
        </bdi>
      )}
    </>
  )
}
