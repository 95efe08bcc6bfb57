import { type ComponentType, createElement, useEffect, useState } from 'react'

/**
 * A component whose code is fetched when it is first drawn; until then nothing is drawn. It does not suspend, which would hold back what
 * stands beside it. What could not be fetched is asked for again when it is drawn anew. `prefetch` fetches it before it is wanted.
 */
export function onDemand<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> & { readonly prefetch: () => void } {
  let part: ComponentType<Props> | undefined
  let loading: Promise<void> | undefined
  const fetchPart = (): Promise<void> => {
    loading ??= load().then(
      (loaded) => {
        part = loaded
      },
      () => {
        loading = undefined
      },
    )
    return loading
  }
  function OnDemand(props: Props) {
    const [, setCount] = useState(0)
    useEffect(() => {
      let isGone = false
      if (!part) void fetchPart().then(() => isGone || setCount((count) => count + 1))
      return () => {
        isGone = true
      }
    }, [])
    return part ? createElement(part, props) : null
  }
  return Object.assign(OnDemand, { prefetch: () => void fetchPart() })
}
