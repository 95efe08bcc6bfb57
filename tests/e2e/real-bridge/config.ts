import type { Config } from '../../../cli/stack/bridge-config.ts'

/** Changes a config of the bridge in some places: what is named replaces what is there, the rest stays. */
export function changedConfig(change: Config): (config: Config) => Config {
  return (config) => merged(config, change)
}

function merged(config: Config, change: Config): Config {
  const entries = Object.entries(change).map(([key, value]) => {
    const before = config[key]
    return [key, typeof value === 'object' && typeof before === 'object' ? merged(before, value) : value] as const
  })
  return { ...config, ...Object.fromEntries(entries) }
}
