import type { Reads } from '../../data/reads.ts'
import type { Store } from '../../data/store.ts'
import type { Place } from '../../router.ts'

/**
 * Reads what a place in the inbox shows, while its screen is still being drawn: drawing it takes about as long as the answers. The screen joins
 * what is on its way. What fails here is read again there, which also says so.
 */
export function readAhead(reads: Reads, store: Pick<Store, 'thread'>, place: Place): void {
  void Promise.allSettled([
    reads.conversations(place),
    place.id && place.message === undefined ? readThread(reads, store, place.id) : undefined,
  ])
}

/** One after the other: how much of a thread is read depends on how many messages of it nobody has read. */
async function readThread(reads: Reads, store: Pick<Store, 'thread'>, id: NonNullable<Place['id']>): Promise<void> {
  await reads.conversation(id)
  // The list may have brought the conversation before, and the screen has read on.
  if (store.thread(id).state !== 'ready') await reads.thread(id)
}
