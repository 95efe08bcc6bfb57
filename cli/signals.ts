/** Resolves when the process is asked to stop: by a signal, or because the process that started it has gone. Asked again, nothing more happens. */
export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    // Kept for good: Ctrl+C and our starter may both send one, and the second must not end us in the middle.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve())
    if (process.connected) process.once('disconnect', () => resolve())
  })
}

/** Ends in good order, or after this time in any case: what is durable stays so, and the lease of whatever hung ends by itself. */
export async function closeWithin(ms: number, close: () => Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    process.stderr.write('Stopping took too long; what is left will be taken up at the next start.\n')
    process.exit(0)
  }, ms)
  await close()
  clearTimeout(timer)
}
