import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** An append-only file of JSON lines. `append` returns when the line is with the operating system, so a killed process keeps it. */
export type Journal<Row> = { rows: Row[]; append: (row: Row) => void; close: () => void }

/** Opens or makes the journal; `rows` are those of earlier runs. A line torn by a crash is cut off. Without a path nothing is kept. */
export function openJournal<Row>(path: string | undefined): Journal<Row> {
  if (path === undefined) return { rows: [], append: () => {}, close: () => {} }
  mkdirSync(dirname(path), { recursive: true })
  const text = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const whole = text.subarray(0, text.lastIndexOf(0x0a) + 1)
  const rows = whole
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
  const file = openSync(path, 'a')
  if (whole.length < text.length) ftruncateSync(file, whole.length)
  let open = true
  return {
    rows,
    append(row) {
      if (open) writeSync(file, `${JSON.stringify(row)}\n`)
    },
    close() {
      if (open) closeSync(file)
      open = false
    },
  }
}
