import { tellCatchUp } from '../support/catch-up.ts'
import { openWorld } from '../support/world.ts'

const common = { intake: 'push_and_sync', timeScale: 0.05 } as const
const amounts = { chats: 6, historyEach: 5, missed: 200, missedInOne: 80 }

tellCatchUp('with our application service', () => openWorld({ ...common, registered: true }), amounts)
// More than a sync brings at once, so a gap has to be filled.
tellCatchUp('by sync alone', () => openWorld({ ...common, registered: false }), { ...amounts, missedInOne: 150 })
