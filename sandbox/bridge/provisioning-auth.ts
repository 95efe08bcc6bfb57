import { createHash, timingSafeEqual } from 'node:crypto'
import { ApiError } from './api-error.ts'
import type { Homeserver } from './homeserver.ts'
import type { BridgeConfig } from './options.ts'

/** Compares secrets without telling by time how much of them was right. */
export function sameSecret(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

/** What a user may do on this bridge: exact user id, server, everybody (protocol/bridge.md 3.2). */
export function permissionOf(config: BridgeConfig, mxid: string): 'block' | 'user' | 'admin' {
  const server = mxid.slice(mxid.indexOf(':') + 1)
  if (!/^@[^:]+:.+$/.test(mxid)) return 'block'
  return config.permissions[mxid] ?? config.permissions[server] ?? config.permissions['*'] ?? 'block'
}

/** Who calls the provisioning API: the matrix of protocol/bridge.md 1.1. Throws the answer to give otherwise. */
export function createAuth(deps: { config: BridgeConfig; homeserver: Homeserver; clock: () => number }) {
  const { config, homeserver, clock } = deps
  const cache = new Map<string, number>()

  async function isOwnToken(mxid: string, token: string): Promise<boolean> {
    if (token.startsWith('openid:')) return false
    const key = `${mxid} ${token}`
    if ((cache.get(key) ?? 0) > clock()) return true
    try {
      const answer = await homeserver.once('GET', '/_matrix/client/v3/account/whoami', { token })
      if (answer['user_id'] !== mxid) return false
      cache.set(key, clock() + 5 * 60_000)
      return true
    } catch {
      return false
    }
  }

  return async function authenticate(authorization: string | undefined, mxid: string): Promise<string> {
    const token = (authorization ?? '').replace(/^Bearer /, '')
    if (token === '') throw new ApiError(401, 'M_MISSING_TOKEN', 'Missing auth token')
    if (config.sharedSecret.length < 16 || config.sharedSecret === 'disable')
      throw new ApiError(403, 'M_FORBIDDEN', 'Provisioning API is disabled')
    if (!sameSecret(token, config.sharedSecret) && !(config.allowMatrixAuth && (await isOwnToken(mxid, token)))) {
      throw new ApiError(401, 'M_UNKNOWN_TOKEN', 'Invalid auth token')
    }
    if (permissionOf(config, mxid) === 'block') throw new ApiError(403, 'M_FORBIDDEN', 'User does not have login permissions')
    return mxid
  }
}
