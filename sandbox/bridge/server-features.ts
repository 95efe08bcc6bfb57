import type { Homeserver } from './homeserver.ts'
import { listOf, objectOf, textOf } from './json.ts'

/** What this homeserver can do, asked once. */
export type ServerFeatures = {
  /** Where extended profiles are, if anywhere. */
  profiles: () => Promise<string | undefined>
  /** Whether a room's creator stands above its power levels, as from room version 12, and must not be named in them. */
  privilegedCreators: () => Promise<boolean>
}

export function createServerFeatures(homeserver: Homeserver, bot: string): ServerFeatures {
  let profiles: Promise<string | undefined> | undefined
  let creators: Promise<boolean> | undefined

  async function findProfiles(): Promise<string | undefined> {
    const versions = await homeserver.call('GET', '/_matrix/client/versions')
    const features = objectOf(versions['unstable_features'])
    if (listOf(versions['versions']).includes('v1.16') || features['uk.tcpip.msc4133.stable'] === true) return '/_matrix/client/v3/profile'
    return features['uk.tcpip.msc4133'] === true ? '/_matrix/client/unstable/uk.tcpip.msc4133/profile' : undefined
  }

  async function askCreators(): Promise<boolean> {
    const answer = await homeserver.call('GET', '/_matrix/client/v3/capabilities', { as: bot })
    return Number(textOf(objectOf(objectOf(answer['capabilities'])['m.room_versions'])['default'])) >= 12
  }

  return {
    profiles: () => (profiles ??= findProfiles()),
    privilegedCreators: () => (creators ??= askCreators()),
  }
}
