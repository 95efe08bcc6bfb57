import Type, { type Static } from 'typebox'
import type { LabelId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

export const labelColours = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple'] as const
export type LabelColour = (typeof labelColours)[number]

const Name = Type.String({ minLength: 1, maxLength: 40 })

/** A word that conversations are marked with, and its colour. Conversations carry the name; one that is not defined here has no colour. */
export const Label = named(
  'Label',
  Type.Object({ id: id<LabelId>('lbl_'), name: Type.String(), colour: oneOf(labelColours), created_at: Time }),
)
export type Label = Static<typeof Label>

export const LabelInput = strict({ name: Name, colour: oneOf(labelColours) })
export type LabelInput = Static<typeof LabelInput>

export const LabelPatch = strict({ name: Type.Optional(Name), colour: Type.Optional(oneOf(labelColours)) })
export type LabelPatch = Static<typeof LabelPatch>
