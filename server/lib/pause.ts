/** Waits for so long, in milliseconds, or until something resolves. For pauses that come many times a second: no signal, no error is made. */
export async function pause(ms: number, orUntil?: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await (orUntil === undefined ? promise : Promise.race([promise, orUntil]))
  clearTimeout(timer)
}
