/** Work in order within a key, side by side across keys. */
export type Lanes = { run: <T>(key: string, work: () => Promise<T>) => Promise<T> }

/** Lanes that forget a key as soon as nothing is under way in it. A failure stops nobody behind it. */
export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(key, work) {
      const done = (tails.get(key) ?? Promise.resolve()).then(work, work)
      const tail = done.catch(() => undefined)
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
      return done
    },
  }
}
