import { tellFirstSettings } from '../support/first-settings.ts'
import { tellNewcomer } from '../support/newcomer.ts'
import { noAudit, openWorld } from '../support/world.ts'

const common = { intake: 'push_and_sync', timeScale: 0.05 } as const

tellNewcomer('with our application service, by what is pushed alone', () => openWorld({ ...common, ...noAudit, registered: true }), {
  intake: 'push_and_sync',
  warnings: [],
})

tellNewcomer('by the admin’s means and sync alone', () => openWorld({ ...common, registered: false }), {
  intake: 'sync',
  warnings: ['appservice'],
})

tellFirstSettings('on the sandbox', () => openWorld({ ...common, registered: false }))
