/** What the variables of canned replies can stand for; what is empty or absent is not known. */
export interface CannedValues {
  readonly contact?: { readonly name?: string | undefined; readonly phone?: string | undefined } | undefined
  readonly agent?: { readonly name?: string | undefined } | undefined
  readonly channel?: { readonly name?: string | undefined } | undefined
}

const variables: Readonly<Record<string, (values: CannedValues) => string | undefined>> = {
  'contact.name': ({ contact }) => contact?.name,
  'contact.phone': ({ contact }) => contact?.phone,
  'agent.name': ({ agent }) => agent?.name,
  'channel.name': ({ channel }) => channel?.name,
}

/** The variables that a canned reply may have, as they stand between `{{` and `}}`. */
export const cannedVariables: readonly string[] = Object.keys(variables)

/**
 * Fills the variables of a canned reply in. Pure. `missing` names, once each, those that are not known or that there are not: they stay
 * as they are in the text, and it is not to be sent like this.
 */
export function fillCannedReply(text: string, values: CannedValues): { readonly text: string; readonly missing: readonly string[] } {
  const missing = new Set<string>()
  const filled = text.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, (whole, name: string) => {
    const value = Object.hasOwn(variables, name) ? variables[name]?.(values) : undefined
    if (value !== undefined && value !== '') return value
    missing.add(name)
    return whole
  })
  return { text: filled, missing: [...missing] }
}
