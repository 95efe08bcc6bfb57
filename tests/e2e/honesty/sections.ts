import { administration } from './administration.ts'
import { appservicePing, appserviceUsers } from './appservice-users.ts'
import { faultyRequests } from './faulty-requests.ts'
import { media } from './media.ts'
import { pushedEvents, pushedTransactions } from './pushed.ts'
import { membership, rooms } from './rooms.ts'
import type { Section } from './script.ts'
import { relations, sending } from './sending.ts'
import { signIn } from './sign-in.ts'
import { gaps, invitations, ownSends, receipts } from './syncing.ts'

/** Everything that Mistok relies on in a homeserver, by topic. */
export const sections: readonly Section[] = [
  signIn,
  appserviceUsers,
  appservicePing,
  rooms,
  membership,
  sending,
  relations,
  invitations,
  gaps,
  ownSends,
  receipts,
  pushedEvents,
  pushedTransactions,
  media,
  administration,
  faultyRequests,
]
