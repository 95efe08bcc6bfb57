import Type, { type Static } from 'typebox'
import type { ContactId, MediaId } from './ids.ts'
import { id, named, oneOf, ref, strict, Time } from './schema.ts'
import { Sender } from './sender.ts'
import { TemplateComponent, TemplateUse } from './template.ts'

export const fileTypes = ['image', 'video', 'audio', 'document', 'sticker'] as const
export type FileType = (typeof fileTypes)[number]

/** Everything a message can be. The last four are read-only: nobody can send them. */
export const contentTypes = [
  'text',
  ...fileTypes,
  'location',
  'contacts',
  'poll',
  'template',
  'interactive',
  'interactive_reply',
  'system',
  'deleted',
  'unsupported',
] as const
export type ContentType = (typeof contentTypes)[number]

/**
 * A file of a message. Its bytes are at `url` once `ready`; `expired` means that the network no longer has them. A `gif` is a video that
 * plays by itself, silently and again and again; `waveform` is a recording's loudness from its begin to its end, in per cent of the loudest.
 */
export const Attachment = named(
  'Attachment',
  Type.Object({
    id: id<MediaId>('med_'),
    type: oneOf(fileTypes),
    mime_type: Type.String(),
    file_name: Type.Optional(Type.String()),
    size_bytes: Type.Optional(Type.Integer()),
    width: Type.Optional(Type.Integer()),
    height: Type.Optional(Type.Integer()),
    duration_ms: Type.Optional(Type.Integer()),
    voice: Type.Optional(Type.Boolean()),
    gif: Type.Optional(Type.Boolean()),
    waveform: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 100 }), { maxItems: 256 })),
    status: oneOf(['pending', 'ready', 'failed', 'expired']),
    url: Type.String(),
  }),
)
export type Attachment = Static<typeof Attachment>

export const Location = strict({
  latitude: Type.Number({ minimum: -90, maximum: 90 }),
  longitude: Type.Number({ minimum: -180, maximum: 180 }),
  name: Type.Optional(Type.String({ maxLength: 256 })),
  address: Type.Optional(Type.String({ maxLength: 512 })),
  live: Type.Optional(Type.Boolean()),
})
export type Location = Static<typeof Location>

export const ContactCard = strict({
  name: Type.String({ minLength: 1, maxLength: 256 }),
  phones: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 }),
})
export type ContactCard = Static<typeof ContactCard>

const Poll = strict({
  question: Type.String({ minLength: 1, maxLength: 255 }),
  options: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 2, maxItems: 12 }),
  max_choices: Type.Integer({ minimum: 1, maximum: 12 }),
})
export type Poll = Static<typeof Poll>

/** A poll with what each person has chosen by now, by the words of the options; who took the choice back is not there. */
const PollWithVotes = Type.Object({
  ...Poll.properties,
  votes: Type.Optional(Type.Array(Type.Object({ sender: Sender, options: Type.Array(Type.String()), at: Time }))),
})

/** Who is named, in UTF-16 units of `text`. `contact_id` is the channel's id where our own number is named. */
const mention = Type.Object({ contact_id: Type.String(), offset: Type.Integer(), length: Type.Integer() })

/** What stands in a text besides its characters. `mentions_everyone` names all of a group. */
const naming = { mentions: Type.Optional(Type.Array(mention)), mentions_everyone: Type.Optional(Type.Boolean()) }

/** A poll to send. WhatsApp knows its options by their words, so no two may say the same. */
export const PollInput = strict({
  ...Poll.properties,
  options: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 2, maxItems: 12, uniqueItems: true }),
})

/** Whom a text to send names, in UTF-16 units of it. */
export const MentionsInput = Type.Array(
  strict({ contact_id: id<ContactId>('con_'), offset: Type.Integer({ minimum: 0 }), length: Type.Integer({ minimum: 1, maximum: 256 }) }),
  { maxItems: 50 },
)
export type MentionsInput = Static<typeof MentionsInput>

const text = {
  type: oneOf(['text']),
  text: Type.String(),
  ...naming,
  /** The text invites into a group, until `expires_at`; it can be followed on the phone. */
  group_invite: Type.Optional(Type.Object({ name: Type.String(), expires_at: Type.Optional(Time) })),
}
const file = <T extends FileType>(type: T) =>
  Type.Object({ type: oneOf([type]), attachments: Type.Array(ref(Attachment)), text: Type.Optional(Type.String()), ...naming })

const Choice = strict({ id: Type.String({ minLength: 1, maxLength: 256 }), title: Type.String({ minLength: 1, maxLength: 24 }) })

/**
 * What can be pressed under a text: one to three answers (their titles at most 20 characters), a list of at most ten behind a button, an
 * address to open, or the wish for the contact's place. What is pressed comes back as an `interactive_reply`, or as a location.
 */
export const Interactive = strict({
  header: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  footer: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  buttons: Type.Optional(Type.Array(Choice, { maxItems: 3 })),
  list: Type.Optional(
    strict({
      button: Type.String({ minLength: 1, maxLength: 20 }),
      sections: Type.Array(
        strict({
          title: Type.Optional(Type.String({ minLength: 1, maxLength: 24 })),
          rows: Type.Array(strict({ ...Choice.properties, description: Type.Optional(Type.String({ minLength: 1, maxLength: 72 })) }), {
            minItems: 1,
            maxItems: 10,
          }),
        }),
        { minItems: 1, maxItems: 10 },
      ),
    }),
  ),
  link: Type.Optional(
    strict({
      title: Type.String({ minLength: 1, maxLength: 20 }),
      url: Type.String({ format: 'uri', pattern: '^https?://', maxLength: 2000 }),
    }),
  ),
  ask_location: Type.Optional(Type.Literal(true)),
})
export type Interactive = Static<typeof Interactive>

/** What happened, where the network tells it as data: `text` says the same in its words. 0 seconds: nothing disappears any more. */
const Happening = Type.Union([
  Type.Object({ event: oneOf(['call']), video: Type.Boolean() }),
  Type.Object({ event: oneOf(['disappearing_timer']), seconds: Type.Integer() }),
])

/** What a message says. One shape in the database, on the wire and on the screen; what a type needs stands under the key of its name. */
export const Content = Type.Union([
  Type.Object(text),
  file('image'),
  file('video'),
  file('audio'),
  file('document'),
  file('sticker'),
  Type.Object({ type: oneOf(['location']), location: Location, text: Type.Optional(Type.String()) }),
  Type.Object({ type: oneOf(['contacts']), contacts: Type.Array(ContactCard) }),
  Type.Object({ type: oneOf(['poll']), poll: PollWithVotes }),
  /** `text` is what the contact reads; `components` is the template as it was when this was sent. A file of its header is an attachment. */
  Type.Object({
    type: oneOf(['template']),
    template: Type.Object({ ...TemplateUse.properties, components: Type.Optional(Type.Array(TemplateComponent)) }),
    text: Type.String(),
    attachments: Type.Optional(Type.Array(ref(Attachment))),
    location: Type.Optional(Location),
  }),
  Type.Object({ type: oneOf(['interactive']), text: Type.String(), interactive: Interactive }),
  Type.Object({
    type: oneOf(['interactive_reply']),
    text: Type.String(),
    interactive_reply: Type.Object({ id: Type.String(), title: Type.String() }),
  }),
  Type.Object({ type: oneOf(['system']), text: Type.String(), system: Type.Optional(Happening) }),
  /** Taken back by who wrote it, or gone by the chat's timer. */
  Type.Object({ type: oneOf(['deleted']), deleted: Type.Optional(Type.Object({ reason: oneOf(['disappeared']) })) }),
  Type.Object({
    type: oneOf(['unsupported']),
    unsupported: Type.Object({ original_type: Type.String(), fallback: Type.Optional(Type.String()) }),
  }),
])
export type Content = Static<typeof Content>

/** The text by which a message is found and previewed; empty for what has none. */
export function textOf(content: Content): string {
  switch (content.type) {
    case 'text':
    case 'template':
    case 'interactive':
    case 'interactive_reply':
    case 'system':
      return content.text
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      return content.text ?? content.attachments[0]?.file_name ?? ''
    case 'location':
      return content.text ?? content.location.name ?? content.location.address ?? ''
    case 'contacts':
      return content.contacts.map((card) => card.name).join(', ')
    case 'poll':
      return content.poll.question
    case 'unsupported':
      return content.unsupported.fallback ?? ''
    case 'deleted':
      return ''
  }
}
