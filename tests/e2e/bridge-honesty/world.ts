import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bridgeRegistrationOf, type SandboxOptions, startSandbox } from '../../../sandbox/index.ts'
import { openPhones, type Phones } from '../../support/phones.ts'
import { findPorts } from '../../support/ports.ts'
import { openAppservice, type Appservice } from '../appservice.ts'
import { registrations } from '../honesty/script.ts'
import { matrixHttp, type MatrixHttp } from '../matrix-http.ts'
import { startRealBridge } from '../real-bridge.ts'
import { startSynapse } from '../synapse.ts'

const serverName = 'honest.test'
const doublePuppetToken = 'as-puppet'

/** A bridge under examination, real or imitated, on a Synapse of its own, with the sandbox's phones. */
export interface BridgeWorld extends AsyncDisposable {
  /** Acts as the user who links phones; it may be made to act as others of ours. */
  readonly user: MatrixHttp
  readonly userId: string
  /** The provisioning API with its secret, and without anything. */
  readonly provisioning: MatrixHttp
  readonly nobody: MatrixHttp
  readonly phones: Phones
  /** Hears of states and checkpoints. */
  readonly webhook: Appservice
}

/** How a world is otherwise: without `puppets` the bridge writes nothing in our user's name; `program` is a real bridge that is not ours. */
interface Otherwise {
  readonly puppets?: boolean
  readonly program?: string | undefined
}

/** Opens one of the two; both have the same secrets, prefix and waiting times. */
export async function openBridgeWorld(which: 'sandbox' | 'real', { puppets = true, program }: Otherwise = {}): Promise<BridgeWorld> {
  await using opened = new AsyncDisposableStack()
  const dir = mkdtempSync(join(tmpdir(), 'mistok-bridge-'))
  opened.defer(() => rmSync(dir, { recursive: true, force: true }))
  const webhook = opened.use(await openAppservice())
  const inbox = opened.use(await openAppservice())
  const endpoint = `${webhook.url}/api/v1/integrations/matrix/webhook`
  const options: SandboxOptions = {
    dataDir: dir,
    ports: { homeserver: 0, bridge: await findPorts(1), control: 0 },
    serverName,
    timeScale: 0.1,
    statusEndpoint: endpoint,
    checkpointEndpoint: endpoint,
    ...(puppets ? { doublePuppetToken } : {}),
    commandPrefix: '!wa-5f2c71aa',
    ...(which === 'real' ? { otherBridge: true } : {}),
    log: () => {},
  }
  const files = registrations(serverName, { inbox: inbox.url, bridge: '' }).filter(({ id }) => id !== 'bridge')
  const all = [await bridgeRegistrationOf(options), ...files]
  const homeserver = opened.use(await startSynapse({ serverName, registrations: all, database: 'sqlite', loginLimits: 'high' }))
  const service = matrixHttp(homeserver.url, { token: 'as-inbox' })
  await service.post('/_matrix/client/v3/register', { type: 'm.login.application_service', username: 'crm_olha', inhibit_login: true })
  const sandbox = await startSandbox({ ...options, homeserver })
  opened.defer(() => sandbox.close())
  const { homeserverUrl, bridgeUrl, bridgeRegistration: registration, bridgeSecret: sharedSecret, wireUrl } = sandbox
  if (wireUrl !== undefined) {
    const urls = { homeserverUrl, bridgeUrl, productUrl: webhook.url, wireUrl }
    const place = { dir, serverName, ...urls, registration, sharedSecret, doublePuppetToken: puppets ? doublePuppetToken : undefined }
    opened.use(await startRealBridge(place, undefined, program))
  }
  const userId = `@crm_olha:${serverName}`
  const nobody = matrixHttp(bridgeUrl)
  const kept = opened.move()
  return {
    userId,
    user: service.as({ userId }),
    provisioning: nobody.as({ token: sharedSecret, userId }),
    nobody,
    phones: openPhones(sandbox.controlUrl),
    webhook,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
