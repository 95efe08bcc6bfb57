import { tellFirstSettings } from '../support/first-settings.ts'
import { tellNewcomer } from '../support/newcomer.ts'
import { noAudit } from '../support/world.ts'
import { openSynapseWorld } from './synapse-world.ts'

const common = { intake: 'push_and_sync' } as const

tellNewcomer(
  'on Synapse, with our application service, by what is pushed alone',
  () => openSynapseWorld({ ...common, ...noAudit, registered: true, loginLimits: 'high' }),
  {
    intake: 'push_and_sync',
    warnings: [],
  },
)

tellNewcomer(
  'on Synapse, by the admin’s means and sync alone, within the limits that a homeserver has by itself',
  () => openSynapseWorld({ ...common, registered: false, loginLimits: 'default' }),
  { intake: 'sync', warnings: ['appservice'] },
)

// A code of the bot goes through Synapse: on a busy machine it must not run out on its way.
tellFirstSettings('on a Synapse with the limits that it has by itself', () =>
  openSynapseWorld({ ...common, registered: false, loginLimits: 'default', timeScale: 0.5 }),
)
