import type { Client } from './client.ts'
import type { Store } from './store.ts'
import type { Outgoing } from './thread.ts'

interface Deps {
  readonly client: Client
  readonly store: Store
  /** Ends every upload. */
  readonly signal: AbortSignal
}

/** The files of sends on their way to the server. */
export function createUploads({ client, store, signal }: Deps) {
  const running = new Map<string, AbortController>()
  return {
    /** The send with its file on the server; the store hears how far it is. */
    withFile: async (send: Outgoing): Promise<Outgoing> => {
      const { file, progress: _, ...rest } = send
      if (!file) return send
      const giving = new AbortController()
      running.set(send.key, giving)
      const tell = (progress: number) => {
        const current = store.outgoing(send.key)
        if (current) store.putOutgoing({ ...current, progress })
      }
      try {
        const { id } = await client.upload(file, AbortSignal.any([signal, giving.signal]), tell)
        const [described] = send.input.attachments ?? []
        return { ...rest, input: { ...send.input, attachments: [{ ...described, media_id: id }] } }
      } finally {
        running.delete(send.key)
      }
    },
    /** Its person does not want it sent any more. */
    giveUp: (key: string) => running.get(key)?.abort(),
  }
}
