import Type from 'typebox'

/** Who said it: a contact, a person of ours, or the number itself when it was typed on the phone. `is_me` is the reader's own. */
export const Sender = Type.Object({
  id: Type.String(),
  name: Type.String(),
  phone: Type.Optional(Type.String()),
  is_me: Type.Boolean(),
})
