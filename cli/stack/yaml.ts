import { stringify } from 'yaml'

/** As YAML that also readers of its version 1.1 understand, as the homeserver's and the bridge's are: every text is quoted. */
export function yamlOf(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })
}
