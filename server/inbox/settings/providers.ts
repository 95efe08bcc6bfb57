import { isDeepStrictEqual } from 'node:util'
import type { Listener } from '../../db/listen.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Provider, ProviderName } from '../../providers/provider.ts'

/** The roads that are set up, as the settings stand now. Ask anew for each piece of work: a provider is swapped when they change. */
export interface ProviderRegistry {
  find(name: ProviderName): Provider | undefined
  all(): readonly Provider[]
  /** Reads the settings now rather than at the next notice. */
  reload(): Promise<void>
  close(): void
}

/** A kind of road: `load` tells which of them are set up by now, and on what each runs; `build` makes it. */
export interface RoadKind<Config = unknown> {
  readonly load: () => Promise<readonly { readonly name: ProviderName; readonly config: Config }[]>
  build(config: Config): Provider
}

/** Keeps the types of a kind together, which a list of kinds cannot. */
export function roadKind<Config>(kind: RoadKind<Config>): RoadKind {
  return { load: kind.load, build: (config) => kind.build(config as Config) }
}

interface Built {
  readonly config: unknown
  readonly provider: Provider
}

/** Follows the settings in every process: a save anywhere is told to all by the topic `settings`. */
export async function createProviderRegistry(deps: {
  readonly kinds: readonly RoadKind[]
  readonly listener: Pick<Listener, 'on'>
  readonly log: Log
}): Promise<ProviderRegistry> {
  let roads: ReadonlyMap<ProviderName, Built> = new Map()
  let reading: Promise<void> = Promise.resolve()

  async function read(): Promise<void> {
    const found = await Promise.all(deps.kinds.map(async (kind) => (await kind.load()).map((road) => ({ ...road, kind }))))
    // Another setting changed: the provider keeps what it has learnt.
    roads = new Map(
      found.flat().map(({ name, config, kind }) => {
        const known = roads.get(name)
        return [name, known !== undefined && isDeepStrictEqual(known.config, config) ? known : { config, provider: kind.build(config) }]
      }),
    )
  }
  function reload(): Promise<void> {
    reading = reading.catch(() => {}).then(read)
    return reading
  }
  await reload()
  const close = deps.listener.on('settings', () => {
    reload().catch((error: unknown) =>
      deps.log.error({ error: messageOf(error) }, 'the settings could not be read; the road stays as it was'),
    )
  })
  return {
    find: (name) => roads.get(name)?.provider,
    all: () => [...roads.values()].map(({ provider }) => provider),
    reload,
    close,
  }
}
