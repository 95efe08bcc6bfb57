import type { Capabilities, FileLimits } from '../../../../contract/capability.ts'
import type { FileType } from '../../../../contract/content.ts'

/** As what a file can be sent here, or why it cannot. */
export type Fit =
  | { readonly ok: true; readonly type: FileType; readonly hasCaption: boolean; readonly mayBeVoice: boolean }
  | { readonly ok: false; readonly reason: 'too_big'; readonly maxBytes: number; readonly asDocument: boolean }
  | { readonly ok: false; readonly reason: 'wrong_type' }

/**
 * Looks for the kind as which this number takes the file: as what it is, or as a document where it takes no such file at all or one wants it
 * so. What is only too big for its kind says whether it could go as a document.
 */
export function fitFile(file: Pick<File, 'type' | 'size'>, files: Capabilities['files'], wantsDocument = false): Fit {
  const mime = file.type.split(';')[0] || 'application/octet-stream'
  const kinds = (wantsDocument ? (['document'] as const) : kindsOf(mime)).flatMap((type) => {
    const limits = files[type]
    return limits && takes(limits, mime) ? [{ type, limits }] : []
  })
  const [kind] = kinds
  if (!kind) return { ok: false, reason: 'wrong_type' }
  const { type, limits } = kind
  if (file.size <= limits.max_bytes)
    return { ok: true, type, hasCaption: limits.max_caption !== 0, mayBeVoice: type === 'audio' && mime === 'audio/ogg' }
  const asDocument = kinds.some((other) => other.type === 'document' && other !== kind && file.size <= other.limits.max_bytes)
  return {
    ok: false,
    reason: 'too_big',
    maxBytes: asDocument ? limits.max_bytes : Math.max(...kinds.map((one) => one.limits.max_bytes)),
    asDocument,
  }
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
