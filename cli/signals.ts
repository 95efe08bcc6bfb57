/** Resolves when the process is asked to stop: by a signal, or because the process that started it has gone. */
export function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve())
    if (process.connected) process.once('disconnect', () => resolve())
  })
}
