/** The value is made when it is first asked for. Each formatter of `Intl` takes milliseconds to make, and most are not needed at once. */
export function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
