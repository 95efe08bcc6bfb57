import type { FirstSetup } from '../../server/lib/setup-file.ts'
import { matrixDefaults } from '../../server/providers/matrix/config.ts'
import { homeserverAdmin, type StackPlan } from './plan.ts'

/** What `MISTOK_SETUP_FILE` names: by it Mistok sets its Matrix road up itself at the first start. */
export function setupFile({ homeserver, serverName, bridge, secrets }: StackPlan): FirstSetup {
  const { registration } = secrets
  return {
    matrix: {
      homeserver_url: homeserver.url,
      server_name: serverName,
      admin_login: homeserverAdmin,
      admin_password: secrets.homeserver.admin,
      bridge_url: bridge.url,
      bridge_admin_secret: secrets.bridge.provisioning,
      bridge_as_token: secrets.bridge.asToken,
      intake: 'push_and_sync',
    },
    registration_shared_secret: secrets.homeserver.registration,
    registration: {
      id: 'mistok',
      user_prefix: matrixDefaults.userPrefix,
      as_token: registration.asToken,
      hs_token: registration.hsToken,
      double_puppet_token: registration.doublePuppetToken,
      double_puppet_hs_token: registration.doublePuppetHsToken,
    },
  }
}
