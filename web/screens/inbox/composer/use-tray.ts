import { type ClipboardEvent, type DragEvent, useEffect, useState } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { newId } from '../../../data/new-id.ts'
import { lazily } from '../../../i18n/lazily.ts'
import { createKept, useKept } from '../kept-state.ts'
import { changed, moved, type TrayFile, withFiles } from './tray.ts'

/** The files that wait to be sent, and the ways in which they are changed. */
export interface Tray {
  readonly files: readonly TrayFile[]
  readonly add: (files: readonly File[]) => void
  readonly change: (key: string, change: Partial<TrayFile>) => void
  readonly move: (key: string, step: -1 | 1) => void
  readonly remove: (key: string) => void
  readonly clear: () => void
}

const trays = createKept<readonly TrayFile[]>([], (files) => files.length === 0)

/** Fetched when there is something to be kept, or to be looked for. */
const shelf = lazily(() => import('./tray-shelf.ts').then(({ createTrayShelf }) => createTrayShelf(indexedDB, Date.now)))
/** Trays of which it is known what is in them: what an earlier page has left was looked for, or this one has changed them. */
const looked = new Set<string>()

/** The files with those that an earlier page has left, and kept for a later one. Where the browser keeps nothing, they are there until a reload. */
function useKeptFiles(id: ConversationId) {
  const { user } = useWorkspace()
  const [files, setFiles] = useKept(trays, id)
  const name = `${user.id} ${id}`
  const mark = `mistok.tray.${name}`
  useEffect(() => {
    // Most conversations have none: the database is not opened for nothing.
    if (looked.has(name) || localStorage.getItem(mark) === null) return
    looked.add(name)
    void shelf()
      .then((kept) => kept.get(name))
      .then((left) => left.length > 0 && setFiles((now) => [...left, ...now]))
      .catch(() => undefined)
    // Looked at once.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [name])
  const change = (next: (now: readonly TrayFile[]) => readonly TrayFile[]) => {
    looked.add(name)
    setFiles((now) => {
      const changed = next(now)
      if (changed.length === 0 && now.length === 0) return changed
      if (changed.length === 0) localStorage.removeItem(mark)
      else markKept(mark)
      void shelf()
        .then((kept) => kept.put(name, changed))
        .catch(() => undefined)
      return changed
    })
  }
  return [files, change] as const
}

function markKept(name: string): void {
  try {
    localStorage.setItem(name, '1')
  } catch {
    // Full or forbidden storage: the files are there until a reload.
  }
}

/** The tray of one conversation, with a place onto which files are dropped or pasted. It waits while another conversation is open, and over a reload. */
export function useTray(id: ConversationId) {
  const [files, setFiles] = useKeptFiles(id)
  const [isOver, setOver] = useState(false)
  const tray: Tray = {
    files,
    add: (added) => setFiles((now) => withFiles(now, added, newId)),
    change: (key, change) => setFiles((now) => changed(now, key, change)),
    move: (key, step) => setFiles((now) => moved(now, key, step)),
    remove: (key) => setFiles((now) => now.filter((one) => one.key !== key)),
    clear: () => setFiles(() => []),
  }
  const dropZone = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: (event: DragEvent) => event.currentTarget.contains(event.relatedTarget as Node | null) || setOver(false),
    onDrop: (event: DragEvent) => {
      setOver(false)
      if (event.dataTransfer.files.length === 0) return
      event.preventDefault()
      tray.add([...event.dataTransfer.files])
    },
    onPaste: (event: ClipboardEvent) => {
      if (event.clipboardData.files.length === 0) return
      event.preventDefault()
      tray.add([...event.clipboardData.files])
    },
  }
  return { tray, isOver, dropZone }
}
