import { type RefObject, useEffect } from 'react'
import type { MessageId } from '../../../../contract/ids.ts'
import { highlight } from '../list/snippet.ts'

/** Its name in the style sheet. */
const NAME = 'hits'

/**
 * Marks the sought words in those of the messages that are drawn, as they come into view and leave it. The browser paints the marks over the
 * text: the bubbles know nothing of a search, and nothing in them is drawn anew. A browser that cannot shows the text as it is.
 */
export function useMarks(pane: RefObject<HTMLElement | null>, hits: readonly MessageId[], q: string): void {
  useEffect(() => {
    const area = pane.current
    if (!area || !('highlights' in CSS)) return
    const sought = new Set<string>(hits)
    const paint = () => {
      const rows = [...area.querySelectorAll<HTMLElement>('[data-message]')].filter((row) => sought.has(row.dataset['message'] ?? ''))
      CSS.highlights.set(NAME, new Highlight(...rows.flatMap((row) => rangesIn(row, q))))
    }
    let frame = 0
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(paint)
    })
    observer.observe(area, { childList: true, subtree: true, characterData: true })
    paint()
    return () => {
      observer.disconnect()
      cancelAnimationFrame(frame)
      CSS.highlights.delete(NAME)
    }
  }, [pane, hits, q])
}

/** The sought words in what is said, not in its time or in the names of buttons. */
function rangesIn(row: HTMLElement, q: string): readonly Range[] {
  const texts = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
  const ranges: Range[] = []
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (!node.parentElement?.closest('[dir=auto]')) continue
    let at = 0
    for (const { text, isHit } of highlight(node.nodeValue ?? '', q)) {
      if (isHit) {
        const range = new Range()
        range.setStart(node, at)
        range.setEnd(node, at + text.length)
        ranges.push(range)
      }
      at += text.length
    }
  }
  return ranges
}
