import { tellCatchUp } from '../support/catch-up.ts'
import { openSynapseWorld } from './synapse-world.ts'

const common = { intake: 'push_and_sync', registered: true, loginLimits: 'high' } as const

tellCatchUp('on Synapse', () => openSynapseWorld(common), { chats: 20, historyEach: 20, missed: 500, inOne: 80 }, true)
