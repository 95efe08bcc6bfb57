import Type, { type Static, type TSchema } from 'typebox'

/**
 * A reference to a named schema, which keeps its name in OpenAPI. The schema must carry `$id` and be listed in `named`
 * of `contract/api.ts`.
 */
export function ref<T extends TSchema & { readonly $id: string }>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` })
}

/** Gives a schema the name under which OpenAPI lists it. */
export function named<T extends TSchema>(name: string, schema: T): T & { readonly $id: string } {
  return { ...schema, $id: name }
}

/** A branded id on the wire: `msg_…`, `cnv_…`. */
export function id<T extends string>(prefix: string) {
  return Type.Unsafe<T>(Type.String({ pattern: `^${prefix}[0-9a-z]{1,64}$`, examples: [`${prefix}019ac5a1b2c37d4e8f90a1b2c3d4e5f6`] }))
}

/** RFC 3339 in UTC with milliseconds. */
export const Time = Type.String({ format: 'date-time', examples: ['2026-11-22T09:30:00.000Z'] })

/** An international phone number; spaces, brackets, dots and dashes in it do not matter, nor does the `+`, which a query turns into a space. */
export const Phone = Type.String({ pattern: '^[+ ]?[0-9][0-9 ().-]{5,24}$', examples: ['+380501112233'] })

/** Up to 16 pairs of strings that belong to the integrator; never shown to the contact. */
export const Metadata = Type.Record(Type.String(), Type.String({ maxLength: 512 }), {
  maxProperties: 16,
  propertyNames: { minLength: 1, maxLength: 64 },
})

/** A strict object: unknown fields of a request are refused. */
export function strict<T extends Record<string, TSchema>>(properties: T) {
  return Type.Object(properties, { additionalProperties: false })
}

/** A union of string literals, as one JSON Schema enum. */
export function oneOf<const T extends readonly string[]>(values: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })
}

/** One page of a list. `next_cursor` is opaque and absent on the last page. */
export function page<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), next_cursor: Type.Optional(Type.String()), has_more: Type.Boolean() })
}

/** `?cursor=&limit=` of every list. */
export const PageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 200 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
}
