import { type Content, type ContentType, textOf } from '../../../contract/content.ts'

const previewLength = 200

/** A line that tells what a message says. `searchText` is what it is found by, which for a bare file is its name. */
export function previewOf(type: ContentType, content: Readonly<Record<string, unknown>>, searchText: string): string {
  // Content was checked before it was stored, and stands in the row without its type and files.
  const text = textOf({ attachments: [], ...content, type } as unknown as Content) || searchText
  return text.length <= previewLength ? text : `${text.slice(0, previewLength).toWellFormed()}…`
}
