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

export interface ProviderRegistryDeps<Road, OwnRoad extends { readonly name: ProviderName }> {
  /** What the Matrix road runs on; undefined while it is not set up. */
  readonly load: () => Promise<Road | undefined>
  readonly build: (road: Road) => Provider
  /** The roads of accounts that people have entered. */
  readonly loadOwn: () => Promise<readonly OwnRoad[]>
  readonly buildOwn: (road: OwnRoad) => Provider
  readonly listener: Pick<Listener, 'on'>
  readonly log: Log
}

/** Follows the settings in every process: a save anywhere is told to all by the topic `settings`. */
export async function createProviderRegistry<Road, OwnRoad extends { readonly name: ProviderName }>(
  deps: ProviderRegistryDeps<Road, OwnRoad>,
): Promise<ProviderRegistry> {
  let road: Road | undefined
  let matrix: Provider | undefined
  let own: ReadonlyMap<ProviderName, { readonly road: OwnRoad; readonly provider: Provider }> = new Map()
  let reading: Promise<void> = Promise.resolve()

  async function read(): Promise<void> {
    const [next, entered] = await Promise.all([deps.load(), deps.loadOwn()])
    own = new Map(entered.map((one) => [one.name, keepOrBuild(one)]))
    // Another setting changed: the provider keeps what it has learnt.
    if (isDeepStrictEqual(next, road)) return
    road = next
    matrix = next === undefined ? undefined : deps.build(next)
  }
  function keepOrBuild(one: OwnRoad) {
    const known = own.get(one.name)
    return known !== undefined && isDeepStrictEqual(known.road, one) ? known : { road: one, provider: deps.buildOwn(one) }
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
    find: (name) => (name === 'matrix' ? matrix : own.get(name)?.provider),
    all: () => [...(matrix === undefined ? [] : [matrix]), ...[...own.values()].map(({ provider }) => provider)],
    reload,
    close,
  }
}
