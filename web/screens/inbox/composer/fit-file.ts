import type { Capabilities, FileLimits } from '../../../../contract/capability.ts'
import type { FileType } from '../../../../contract/content.ts'

/** As what a file can be sent here, or why it cannot. */
export type Fit =
  | { readonly ok: true; readonly type: FileType; readonly hasCaption: boolean; readonly mayBeVoice: boolean }
  | { readonly ok: false; readonly reason: 'too_big'; readonly maxBytes: number }
  | { readonly ok: false; readonly reason: 'wrong_type' }

/** Looks for the kind as which this number takes the file: first as what it is, then as a document. */
export function fitFile(file: Pick<File, 'type' | 'size'>, files: Capabilities['files']): Fit {
  const mime = file.type.split(';')[0] || 'application/octet-stream'
  const limits = kindsOf(mime)
    .map((type) => ({ type, limits: files[type] }))
    .filter((kind): kind is { type: FileType; limits: FileLimits } => kind.limits !== undefined && takes(kind.limits, mime))
  const fitting = limits.find((kind) => file.size <= kind.limits.max_bytes)
  if (fitting) {
    const { type } = fitting
    return { ok: true, type, hasCaption: fitting.limits.max_caption !== 0, mayBeVoice: type === 'audio' && mime === 'audio/ogg' }
  }
  const maxBytes = Math.max(0, ...limits.map((kind) => kind.limits.max_bytes))
  return maxBytes > 0 ? { ok: false, reason: 'too_big', maxBytes } : { ok: false, reason: 'wrong_type' }
}

/** What the file dialog should offer: every type that the number takes. */
export function acceptOf(files: Capabilities['files']): string {
  const patterns = new Set(Object.values(files).flatMap((limits) => limits?.mime_types ?? []))
  return patterns.has('*/*') ? '' : [...patterns].join(',')
}

function kindsOf(mime: string): readonly FileType[] {
  const [main = ''] = mime.split('/')
  return main === 'image' || main === 'video' || main === 'audio' ? [main, 'document'] : ['document']
}

function takes({ mime_types }: FileLimits, mime: string): boolean {
  return mime_types.some((pattern) => {
    const bare = pattern.split(';')[0]?.trim() ?? ''
    return bare === mime || bare === '*/*' || (bare.endsWith('/*') && mime.startsWith(bare.slice(0, -1)))
  })
}
