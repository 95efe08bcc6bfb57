import { createServer } from 'node:net'

/** The first of so many free ports in a row. */
export async function findPorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 20_000)
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
