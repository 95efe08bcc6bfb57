import Type, { type Static } from 'typebox'
import { named, oneOf, ref, strict } from './schema.ts'

export const templateStatuses = ['approved', 'pending', 'rejected', 'paused', 'disabled'] as const
export type TemplateStatus = (typeof templateStatuses)[number]

const templateParts = ['header', 'body', 'footer', 'button'] as const

/**
 * A part of a template, with its variables as `{{1}}` or `{{name}}`. A header is a text, a file (`format` says of which kind) or a place; of a
 * button `format` says what pressing it does, and `variables` are those of its address, its code, or its hidden answer.
 */
export const TemplateComponent = Type.Object({
  part: oneOf(templateParts),
  format: oneOf(['text', 'image', 'video', 'document', 'location', 'quick_reply', 'url', 'phone_number', 'copy_code', 'flow', 'other']),
  text: Type.String(),
  variables: Type.Array(Type.String()),
  /** An address that a button opens, or the number that it calls. */
  target: Type.Optional(Type.String()),
})
export type TemplateComponent = Static<typeof TemplateComponent>

/** A message that WhatsApp has approved: what can be sent when the 24-hour window of a chat is closed. Only `approved` ones can be sent. */
export const Template = named(
  'Template',
  Type.Object({
    name: Type.String(),
    language: Type.String(),
    category: Type.String(),
    status: oneOf(templateStatuses),
    quality: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    components: Type.Array(TemplateComponent),
  }),
)
export type Template = Static<typeof Template>

/** Values of variables: by their order where they are numbered, by name where they have names. */
const Values = Type.Union([
  Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), { maxItems: 50 }),
  Type.Record(Type.String({ minLength: 1, maxLength: 64 }), Type.String({ minLength: 1, maxLength: 1024 })),
])
export type TemplateValues = Static<typeof Values>

/**
 * Which template, and what stands in its variables. `buttons` are by the place of the button, null for one without a variable. A file of the
 * header is an attachment of the message, a place its `location`.
 */
export const TemplateUse = strict({
  name: Type.String({ minLength: 1, maxLength: 512 }),
  language: Type.String({ minLength: 2, maxLength: 16 }),
  header: Type.Optional(Values),
  body: Type.Optional(Values),
  buttons: Type.Optional(Type.Array(Type.Union([Type.String({ minLength: 1, maxLength: 2000 }), Type.Null()]), { maxItems: 10 })),
})
export type TemplateUse = Static<typeof TemplateUse>

export const TemplateList = Type.Object({ items: Type.Array(ref(Template)) })
