import type { IntakeMode } from '../../../contract/settings.ts'

/** What the Matrix road runs on; the provider of this road is built from it. A token that is absent was never given or accepted. */
export interface MatrixRoad {
  readonly homeserverUrl: string
  readonly serverName: string
  readonly asToken?: string
  readonly hsToken?: string
  readonly registrationId?: string
  readonly userPrefix: string
  readonly adminToken?: string
  readonly botUserId: string
  readonly ghostPrefix: string
  readonly bridgeUrl?: string
  readonly bridgeSecret?: string
  readonly bridgeAsToken?: string
  readonly intake: IntakeMode
  readonly commandPrefix: string
  readonly deviceId: string
}
/** The same without what is secret or stands elsewhere: this is what is stored in the clear. */
export type MatrixRoadPlain = Omit<MatrixRoad, 'registrationId' | 'asToken' | 'hsToken' | 'adminToken' | 'bridgeSecret' | 'bridgeAsToken'>
