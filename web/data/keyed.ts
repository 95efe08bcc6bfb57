/** A short list of things by id, in the order in which they were met. `changed` is told of every write. */
export interface Keyed<Item extends { readonly id: string }> {
  readonly list: () => readonly Item[]
  readonly find: (id: Item['id']) => Item | undefined
  readonly put: (item: Item) => void
  /** The whole list as it was read; what `isFresh` denies keeps its present value. */
  readonly keepAll: (items: readonly Item[], isFresh: (id: string) => boolean) => void
  readonly drop: (id: Item['id']) => void
}

export function createKeyed<Item extends { readonly id: string }>(changed: () => void): Keyed<Item> {
  let items: readonly Item[] = []
  const find = (id: string) => items.find((item) => item.id === id)
  const replace = (next: readonly Item[]) => {
    items = next
    changed()
  }
  return {
    list: () => items,
    find,
    put: (item) => replace(find(item.id) ? items.map((other) => (other.id === item.id ? item : other)) : [...items, item]),
    keepAll: (read, isFresh) => replace(read.map((item) => (isFresh(item.id) ? item : (find(item.id) ?? item)))),
    drop: (id) => replace(items.filter((item) => item.id !== id)),
  }
}
