import { tellNewcomer } from '../support/newcomer.ts'
import { noAudit } from '../support/world.ts'
import { startRealBridge } from './real-bridge.ts'
import { openSynapseWorld } from './synapse-world.ts'

tellNewcomer(
  'on Synapse, with the real bridge framework, by what is pushed alone',
  () =>
    openSynapseWorld({
      intake: 'push_and_sync',
      ...noAudit,
      registered: true,
      loginLimits: 'high',
      openBridge: startRealBridge,
    }),
  { intake: 'push_and_sync', warnings: [] },
)
