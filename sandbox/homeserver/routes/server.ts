import { authenticate } from '../auth.ts'
import { forbidden, MatrixError } from '../errors.ts'
import type { Parts } from '../homeserver.ts'
import { ok, readJson } from '../http.ts'

/** What a client asks a server about itself, and the ping of appservices (protocol/homeserver.md 1 and 3.6). */
export function routeServer({ core, router, push, limits }: Parts): void {
  const versions = ['r0.6.0', 'r0.6.1', ...Array.from({ length: 15 }, (_, at) => `v1.${at + 1}`)]
  router.on('GET', '/_matrix/client/versions', () =>
    ok({ versions, unstable_features: { 'fi.mau.msc2659.stable': true, 'org.matrix.msc4190': true } }),
  )
  router.on('GET', '/.well-known/matrix/client', (request) => ok({ 'm.homeserver': { base_url: `http://${request.headers.host ?? ''}/` } }))
  router.on('GET', '/_synapse/admin/v1/server_version', () => ok({ server_version: '1.163.2' }))
  router.on('GET', '/_matrix/client/v3/capabilities', (request) => {
    authenticate(core, request)
    return ok({
      capabilities: {
        'm.room_versions': { default: limits.roomVersion, available: { '11': 'stable', '12': 'stable' } },
        'm.change_password': { enabled: true },
        'm.set_displayname': { enabled: true },
        'm.set_avatar_url': { enabled: true },
        'm.profile_fields': { enabled: true },
      },
    })
  })
  router.on('POST', '/_matrix/client/v1/appservice/:id/ping', async (request) => {
    const { appservice } = authenticate(core, request)
    if (appservice === null) throw forbidden('Only application services can use the /appservice/ping endpoint')
    if (appservice.id !== request.params.id) throw forbidden('Mismatching application service ID in path')
    if (appservice.url === null) throw new MatrixError(400, 'M_URL_NOT_SET', 'The application service does not have a URL set')
    const { transaction_id: transactionId } = await readJson(request)
    const pinged = await push.ping(appservice, transactionId)
    switch (pinged.outcome) {
      case 'answered':
        return ok({ duration_ms: pinged.durationMs })
      case 'bad_status':
        throw new MatrixError(502, 'M_BAD_STATUS', `HTTP ${pinged.status}`, { status: pinged.status, body: pinged.body })
      case 'timeout':
        throw new MatrixError(504, 'M_CONNECTION_TIMEOUT', pinged.message)
      case 'failed':
        throw new MatrixError(502, 'M_CONNECTION_FAILED', pinged.message)
    }
  })
}
