import { tellCatchUp } from '../support/catch-up.ts'
import { openAppservice } from './appservice.ts'
import { openSynapseWorld } from './synapse-world.ts'

const common = { intake: 'push_and_sync', loginLimits: 'high' } as const
const amounts = { chats: 20, historyEach: 20, missed: 500, missedInOne: 80 }

tellCatchUp('on Synapse, with our application service', () => openSynapseWorld({ ...common, registered: true }), amounts)

// More in one chat than a sync brings at once, so gaps have to be filled.
tellCatchUp('on Synapse, by sync alone', () => openSynapseWorld({ ...common, registered: false, loginLimits: 'default' }), {
  ...amounts,
  missedInOne: 250,
})

tellCatchUp(
  'on Synapse, by the audit alone: everything that is pushed goes astray',
  async () => {
    const nowhere = await openAppservice()
    const world = await openSynapseWorld({ ...common, registered: true, astray: nowhere.url })
    return {
      ...world,
      async [Symbol.asyncDispose]() {
        await world[Symbol.asyncDispose]()
        await nowhere.close()
      },
    }
  },
  { chats: 5, historyEach: 5, missed: 150, missedInOne: 120 },
)
