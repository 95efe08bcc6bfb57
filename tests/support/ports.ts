import { createServer } from 'node:net'

/** Below the ports that systems give to connections: one that is free now is still free when it is listened on. */
const lowest = 10_000
const highest = 32_000

/** The first of so many free ports in a row. */
export async function findPorts(count: number): Promise<number> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest))
    const isFree = await Promise.all(Array.from({ length: count }, (_, index) => isPortFree(first + index)))
    if (isFree.every(Boolean)) return first
  }
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  const answer = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (answer) await new Promise((resolve) => server.close(resolve))
  return answer
}
