import type { AlbumItem, Item, MessageItem } from './items.ts'

/**
 * Puts pictures that stand together into one item each; remembers what it made, so that what has not changed stays the same and is not drawn
 * anew. A note or a send between two pictures keeps them apart.
 */
export function createAlbums(): (items: readonly Item[]) => readonly Item[] {
  /**
   * Items that once stood first. Where older pictures are put before such a one, the album keeps its name, by which the list holds its place;
   * else an album is named for its first picture, and does not change when one is added.
   */
  const anchors = new Set<string>()
  let made: ReadonlyMap<string, AlbumItem> = new Map()
  return (items) => {
    if (items[0]) anchors.add(items[0].key)
    if (!items.some((item) => 'joins' in item)) return items
    const albums = new Map<string, AlbumItem>()
    const all: Item[] = []
    let run: MessageItem[] = []
    const close = () => {
      const [first] = run
      if (first) all.push(run.length === 1 ? first : albumOf(run))
      run = []
    }
    const albumOf = (parts: readonly MessageItem[]): AlbumItem => {
      const key = (parts.findLast((part) => anchors.has(part.key)) ?? parts[0])?.key ?? ''
      const last = made.get(key)
      const album = last && isSame(last.album, parts) ? last : toAlbum(key, parts)
      albums.set(key, album)
      return album
    }
    for (const item of items) {
      const isMessage = 'message' in item
      if (!isMessage || item.joins !== true) close()
      if (isMessage) run.push(item)
      else all.push(item)
    }
    close()
    made = albums
    return all
  }
}

function toAlbum(key: string, parts: readonly MessageItem[]): AlbumItem {
  const { after: _, ...first } = parts[0] as MessageItem
  const { after } = parts.at(-1) as MessageItem
  return { ...first, key, album: parts, ...(after ? { after } : {}) }
}

function isSame(before: readonly MessageItem[], now: readonly MessageItem[]): boolean {
  return before.length === now.length && before.every((part, at) => part === now[at])
}
