/** A file that waits in the composer, with its words. */
export interface TrayFile {
  readonly key: string
  readonly file: File
  readonly caption: string
  /** It is to go as a document, though it could be shown. */
  readonly asDocument: boolean
  /** It is to go as a voice note. */
  readonly isVoice: boolean
}

/** At most so many go at once. */
const MOST = 30

/** The files with these after them; what is one too many is left out. */
export function withFiles(tray: readonly TrayFile[], files: readonly File[], newId: () => string): readonly TrayFile[] {
  const added = files.map((file) => ({ key: newId(), file, caption: '', asDocument: false, isVoice: false }))
  return [...tray, ...added].slice(0, MOST)
}

/** One file earlier or later; at an end it stays. */
export function moved(tray: readonly TrayFile[], key: string, step: -1 | 1): readonly TrayFile[] {
  const from = tray.findIndex((one) => one.key === key)
  const file = tray[from]
  const to = from + step
  if (!file || to < 0 || to >= tray.length) return tray
  return tray.toSpliced(from, 1).toSpliced(to, 0, file)
}

export function changed(tray: readonly TrayFile[], key: string, change: Partial<TrayFile>): readonly TrayFile[] {
  return tray.map((one) => (one.key === key ? { ...one, ...change } : one))
}
