import type { AccountLink, InboundEvent, Json, Parsed, Provider, RawBatch, Task } from '../../server/providers/provider.ts'

/** An inbox that keeps everything in memory: as little of one as the port asks for. */
export interface MemoryInbox {
  readonly events: InboundEvent[]
  readonly dead: { readonly error: string; readonly raw: Json }[]
  /** Kinds of event that the provider does not know. */
  readonly unknown: string[]
  readonly deferred: { readonly waitsFor: string; readonly raw: Json }[]
  readonly facts: Map<string, Json>
  /** The bodies of the batches, as they would be kept. */
  readonly taken: string[]
  /** Kinds of the tasks that were done. */
  readonly done: string[]
  take(batch: RawBatch): void
  learn(learnt: Pick<Parsed, 'facts' | 'resolved'>): void
  /** Does all tasks, and those that come of them. */
  work(): Promise<void>
}

export function createMemoryInbox(provider: Provider, accounts: ReadonlyMap<string, AccountLink>): MemoryInbox {
  const known = new Set<string>()
  const tasks = new Map<string, Task>()
  const begun = new Set<string>()
  const inbox: MemoryInbox = {
    events: [],
    dead: [],
    unknown: [],
    deferred: [],
    facts: new Map(),
    taken: [],
    done: [],
    take(batch) {
      const id = `${batch.stream} ${batch.key}`
      if (known.has(id)) return
      known.add(id)
      inbox.taken.push(batch.body)
      const facts = new Map<string, Json>()
      for (let round = 0; round < 4; round += 1) {
        for (const key of provider.intake.factKeys(batch, facts)) {
          const value = inbox.facts.get(key)
          if (value !== undefined) facts.set(key, value)
        }
      }
      const parsed = provider.intake.parse(batch, facts)
      for (const item of parsed.items) {
        if (item.type === 'deferred') inbox.deferred.push(item)
        else if (item.type === 'dead') inbox.dead.push(item)
        else if (item.type === 'unknown') inbox.unknown.push(item.networkType)
        else inbox.events.push(item)
      }
      for (const task of parsed.tasks) if (!begun.has(task.key)) tasks.set(task.key, task)
      inbox.learn(parsed)
    },
    learn({ facts, resolved }) {
      for (const { key, value } of facts) inbox.facts.set(key, value)
      const back = inbox.deferred.filter((item) => resolved.includes(item.waitsFor))
      if (back.length === 0) return
      const rest = inbox.deferred.filter((item) => !resolved.includes(item.waitsFor))
      inbox.deferred.splice(0, inbox.deferred.length, ...rest)
      inbox.take({ stream: 'deferred', key: `${known.size}`, body: JSON.stringify(back.map((item) => item.raw)) })
    },
    async work() {
      for (const [key, task] of tasks) {
        tasks.delete(key)
        begun.add(key)
        inbox.done.push(task.kind)
        const account = task.account === undefined ? undefined : accounts.get(task.account)
        const result = await provider.run(task, account ?? null, AbortSignal.timeout(10_000))
        for (const batch of result.batches) inbox.take(batch)
        if (result.next !== undefined) tasks.set(result.next.key, result.next)
      }
    },
  }
  return inbox
}
