import type { Retention } from '../../../contract/retention.ts'
import type {
  Check,
  MatrixSystemConfig,
  MatrixSystemConfigInput,
  Mode,
  Rerouting,
  WhatsappConfig,
  WhatsappConfigInput,
  WhatsappMode,
  WhatsappModePreview,
} from '../../../contract/settings.ts'
import type { Actor } from '../../inbox/people/access.ts'
import type { Incoming, Register } from '../register.ts'

/** What the settings pages call. */
export interface SettingsDeeds {
  /** Throws not_found until it has been saved once. */
  getMatrixConfig(): Promise<MatrixSystemConfig>
  /** Throws what an operator can act on; the old config then goes on working. */
  saveMatrixConfig(actor: Actor, input: MatrixSystemConfigInput): Promise<MatrixSystemConfig>
  /** Keeps nothing. */
  tryMatrixConfig(input: MatrixSystemConfigInput): Promise<readonly Check[]>
  /** Throws not_found until it has been saved once. */
  getCloudConfig(): Promise<WhatsappConfig>
  /** Throws what an operator can act on; the old config then goes on working. */
  saveCloudConfig(input: WhatsappConfigInput): Promise<void>
  /** Keeps nothing. */
  tryCloudConfig(input: WhatsappConfigInput): Promise<readonly Check[]>
  getMode(): Promise<WhatsappMode>
  setMode(mode: Mode): Promise<void>
  previewMode(mode: Mode): Promise<WhatsappModePreview>
  getRerouting(): Promise<Rerouting>
  setRerouting(rerouting: Rerouting): Promise<void>
  getRetention(): Promise<Retention>
  setRetention(retention: Retention): Promise<void>
}

/** Settings of the whole inbox. */
export function settingsRoutes(on: Register, deeds: SettingsDeeds): void {
  const save = ({ actor, body }: Pick<Incoming<'saveMatrixSystemConfig'>, 'actor' | 'body'>) => deeds.saveMatrixConfig(actor, body)
  on('getMatrixSystemConfig', () => deeds.getMatrixConfig())
  on('saveMatrixSystemConfig', save)
  on('replaceMatrixSystemConfig', save)
  on('tryMatrixSystemConfig', async ({ body }) => ({ checks: [...(await deeds.tryMatrixConfig(body))] }))
  on('tryWhatsappConfig', async ({ body }) => ({ checks: [...(await deeds.tryCloudConfig(body))] }))
  on('getWhatsappConfig', () => deeds.getCloudConfig())
  on('saveWhatsappConfig', async ({ body }) => {
    await deeds.saveCloudConfig(body)
    return deeds.getCloudConfig()
  })
  on('getWhatsappMode', () => deeds.getMode())
  on('setWhatsappMode', async ({ body }) => {
    await deeds.setMode(body.mode)
    return deeds.getMode()
  })
  on('getWhatsappModePreview', ({ query }) => deeds.previewMode(query.mode))
  on('getRetention', () => deeds.getRetention())
  on('setRetention', async ({ body }) => {
    await deeds.setRetention(body)
    return body
  })
  on('getRouting', async () => ({ rerouting: await deeds.getRerouting() }))
  on('setRouting', async ({ body }) => {
    await deeds.setRerouting(body.rerouting)
    return { rerouting: await deeds.getRerouting() }
  })
}
