import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Homeserver, startHomeserver } from './homeserver.ts'
import { root, type RunningServer, startServer } from './server.ts'
import { hsToken, makeWorld, type WorldSize } from './world.ts'

/** What every measurement works with. */
export interface Bench {
  /** Runs the server over a new world of this size until the work is done. */
  withServer<T>(size: WorldSize, work: (server: RunningServer, homeserver: Homeserver) => Promise<T>): Promise<T>
  /** The same world without a server; the directory is gone afterwards. */
  withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T>
  say(line: string): void
}

/** Data lies inside the checkout: the system's temporary directory is often memory, where forcing to disk costs nothing. */
export function createBench(say: (line: string) => void): Bench {
  const withDirectory: Bench['withDirectory'] = async (work) => {
    const parent = join(root, '.cache')
    mkdirSync(parent, { recursive: true })
    const directory = mkdtempSync(join(parent, 'bench-'))
    try {
      return await work(directory)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return {
    say,
    withDirectory,
    withServer: (size, work) =>
      withDirectory(async (directory) => {
        const homeserver = await startHomeserver()
        try {
          await makeWorld(directory, homeserver.url, size)
          const server = await startServer(directory)
          homeserver.pushTo(server.url, hsToken)
          try {
            return await work(server, homeserver)
          } finally {
            await server.stop()
          }
        } finally {
          await homeserver.close()
        }
      }),
  }
}
