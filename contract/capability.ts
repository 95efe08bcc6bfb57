import Type, { type Static } from 'typebox'
import { OurNumber } from './channel.ts'
import { fileTypes, type FileType } from './content.ts'
import { routeReasons } from './error.ts'
import type { ConversationId } from './ids.ts'
import { id, named, oneOf, Time } from './schema.ts'

// A pattern of all types is written */* in mime_types, and a max_caption of 0 means that the file carries no text.
const FileLimits = Type.Object({
  mime_types: Type.Array(Type.String()),
  max_bytes: Type.Integer(),
  max_caption: Type.Optional(Type.Integer()),
})
export type FileLimits = Static<typeof FileLimits>

const age = Type.Union([Type.Literal(false), Type.Object({ max_age_seconds: Type.Integer() })])

/**
 * What may be done in one conversation right now. The composer draws from it; the server refuses by it. What is sent follows the number that
 * a reply leaves from, `from_channel`; reactions, edits, deletions, read marks and typing follow the conversation's own.
 */
export const Capabilities = named(
  'Capabilities',
  Type.Object({
    text: Type.Object({ max_length: Type.Integer(), formatting: Type.Array(Type.String()) }),
    files: Type.Object(
      Object.fromEntries(fileTypes.map((type) => [type, Type.Optional(FileLimits)])) as Record<
        FileType,
        ReturnType<typeof Type.Optional<typeof FileLimits>>
      >,
    ),
    /** The MIME types that are taken as a voice note; none where no voice note can be sent. */
    voice: Type.Array(Type.String()),
    other: Type.Array(oneOf(['location', 'contacts', 'poll', 'template', 'interactive'])),
    reply: Type.Boolean(),
    reaction: Type.Boolean(),
    edit: age,
    delete_for_everyone: age,
    read_receipts: Type.Boolean(),
    typing: Type.Boolean(),
    /** Null where nothing can be sent; `route_unavailable` then says why, unless it is the conversation's own number that is not connected. */
    from_channel: Type.Union([
      Type.Intersect([
        OurNumber,
        Type.Object({
          /** It is not the conversation's own number. */
          rerouted: Type.Boolean(),
          /** Sending is refused with reroute_unconfirmed until it is confirmed: it would begin a chat on that number. */
          needs_confirmation: Type.Boolean(),
          /** Where a rerouted message goes; absent where it would begin a conversation. */
          conversation_id: Type.Optional(id<ConversationId>('cnv_')),
        }),
      ]),
      Type.Null(),
    ]),
    route_unavailable: Type.Optional(Type.Object({ reason: oneOf(routeReasons), detail: Type.String() })),
    window_closes_at: Type.Union([Time, Type.Null()]),
  }),
)
export type Capabilities = Static<typeof Capabilities>
