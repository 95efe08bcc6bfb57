import { tellTeam } from '../support/team.ts'
import { openWorld } from '../support/world.ts'

tellTeam('on the sandbox', () => openWorld({ intake: 'push_and_sync', registered: true, timeScale: 0.05 }))
