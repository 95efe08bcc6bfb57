/** What can be watched in the store. A listener is told at most once a frame. */
export type Topic =
  | `list:${string}`
  | 'users'
  | 'labels'
  | 'counts'
  | 'channels'
  | 'logins'
  | 'transfers'
  | 'notices'
  | 'connection'
  | `conversation:${string}`
  | `typing:${string}`
  | `thread:${string}`
  | `message:${string}`
  | `outgoing:${string}`
  | `notes:${string}`
  | `colleagues:${string}`
