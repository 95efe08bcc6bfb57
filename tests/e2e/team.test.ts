import { tellTeam } from '../support/team.ts'
import { openSynapseWorld } from './synapse-world.ts'

tellTeam('on a Synapse with the limits that it has by itself, by the admin’s means and sync alone', () =>
  openSynapseWorld({ intake: 'push_and_sync', registered: false, loginLimits: 'default' }),
)
