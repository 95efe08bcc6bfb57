import { tellCatchUp } from '../support/catch-up.ts'
import { openWorld } from '../support/world.ts'

const common = { intake: 'push_and_sync', timeScale: 0.05 } as const
const amounts = { chats: 6, historyEach: 5, missed: 200, inOne: 80 }

tellCatchUp('with our application service', () => openWorld({ ...common, registered: true }), amounts, true)
tellCatchUp('by sync alone', () => openWorld({ ...common, registered: false }), { ...amounts, inOne: 150 }, false)
