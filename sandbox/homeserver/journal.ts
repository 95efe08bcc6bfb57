import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** An append-only file of JSON lines. A line handed to `append` outlives a kill of this process; power loss may cost the last moments. */
export type Journal = {
  append(record: unknown): void
  close(): void
}

const syncEveryMs = 200

/**
 * Opens a journal and hands every whole line in it to `replay`, oldest first. A last line cut short by a crash was never
 * acknowledged, so it is dropped; a broken line elsewhere throws.
 */
export function openJournal(path: string, replay: (record: unknown) => void): Journal {
  mkdirSync(dirname(path), { recursive: true })
  const fd = openSync(path, 'a+')
  const whole = replayLines(path, replay)
  ftruncateSync(fd, whole)
  let dirty = false
  let syncing = false
  const timer = setInterval(() => {
    if (!dirty || syncing) return
    dirty = false
    syncing = true
    fdatasync(fd, () => {
      syncing = false
    })
  }, syncEveryMs)
  timer.unref()
  return {
    append(record) {
      writeSync(fd, `${JSON.stringify(record)}\n`)
      dirty = true
    },
    close() {
      clearInterval(timer)
      fdatasyncSync(fd)
      closeSync(fd)
    },
  }
}

function replayLines(path: string, replay: (record: unknown) => void): number {
  const bytes = readFileSync(path)
  let start = 0
  for (;;) {
    const end = bytes.indexOf(10, start)
    if (end === -1) return start
    replay(JSON.parse(bytes.toString('utf8', start, end)))
    start = end + 1
  }
}
