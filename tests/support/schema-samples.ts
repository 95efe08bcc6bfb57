import { namedSchemas } from '../../contract/api.ts'

/** A JSON Schema, as far as requests use it. */
export interface Schema {
  readonly $ref?: string
  readonly $id?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly pattern?: string
  readonly format?: string
  readonly examples?: readonly unknown[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly patternProperties?: unknown
}

/** The schema behind a reference. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema
  const found = (namedSchemas as readonly unknown[] as readonly Schema[]).find((one) => `${one.$id}#` === schema.$ref)
  if (found === undefined) throw new Error(`${schema.$ref} is not there`)
  return found
}

/** The smallest value that fits. */
export function sample(given: Schema): unknown {
  const schema = resolved(given)
  if (schema.anyOf?.[0] !== undefined) return sample(schema.anyOf[0])
  if (schema.enum !== undefined) return schema.enum[0]
  switch (schema.type ?? 'string') {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, sample(schema.properties?.[name] ?? {})]))
    case 'array':
      return [sample(schema.items ?? {})]
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      return sampleText(schema)
  }
}

function sampleText({ pattern, format, examples, minLength = 1 }: Schema): string {
  if (typeof examples?.[0] === 'string') return examples[0]
  if (format === 'email') return 'somebody@example.org'
  if (format === 'date-time') return '2030-01-01T00:00:00.000Z'
  if (format === 'uri') return 'https://example.org'
  if (pattern?.startsWith('^(me|') === true) return 'me'
  if (pattern?.startsWith('^@') === true) return '@bot:example.org'
  if (pattern?.startsWith('^\\+') === true) return '+380501112233'
  return 'x'.repeat(Math.max(1, minLength))
}

/** A value that does not fit, whatever else is right. */
export function misfit(given: Schema): unknown {
  const schema = resolved(given)
  if (schema.anyOf !== undefined || schema.type === 'string' || schema.enum !== undefined) return { wrong: true }
  return schema.type === 'object' ? 'wrong' : schema.type === 'array' ? { wrong: true } : 'wrong'
}
