import Type from 'typebox'
import { Retention } from './retention.ts'
import { ref } from './schema.ts'
import {
  Check,
  MatrixSystemConfig,
  MatrixSystemConfigInput,
  RoutingSettings,
  WhatsappConfig,
  WhatsappConfigInput,
  WhatsappMode,
  WhatsappModeInput,
  WhatsappModePreview,
} from './settings.ts'

const Checked = Type.Object({ checks: Type.Array(ref(Check)) })

/** The calls that set the whole inbox up. */
export const settingsOperations = {
  getMatrixSystemConfig: {
    summary: 'The homeserver and the bridge',
    access: 'admin',
    scope: 'settings',
    response: { 200: ref(MatrixSystemConfig) },
  },
  saveMatrixSystemConfig: matrixSave(),
  replaceMatrixSystemConfig: matrixSave(),
  tryMatrixSystemConfig: {
    summary: 'Check everything with these values and save nothing; a secret left out is the stored one',
    access: 'admin',
    scope: 'settings',
    body: MatrixSystemConfigInput,
    response: { 200: Checked },
  },
  getWhatsappConfig: {
    summary: 'The business account at Meta',
    access: 'admin',
    scope: 'settings',
    response: { 200: ref(WhatsappConfig) },
  },
  saveWhatsappConfig: {
    summary: 'Set the business account at Meta up; it is tried out first, and its numbers become channels',
    access: 'admin',
    scope: 'settings',
    body: WhatsappConfigInput,
    response: { 200: ref(WhatsappConfig) },
  },
  tryWhatsappConfig: {
    summary:
      'Check these values at Meta and save nothing; a secret left out is the stored one. The app is subscribed to the account, as by saving',
    access: 'admin',
    scope: 'settings',
    body: WhatsappConfigInput,
    response: { 200: Checked },
  },
  getWhatsappMode: { summary: 'The default road', access: 'admin', scope: 'settings', response: { 200: ref(WhatsappMode) } },
  setWhatsappMode: {
    summary: 'Change the default road',
    access: 'admin',
    scope: 'settings',
    body: WhatsappModeInput,
    response: { 200: ref(WhatsappMode) },
  },
  getWhatsappModePreview: {
    summary: 'What would change with this default road: how many open conversations change number, how many could not be answered',
    access: 'admin',
    scope: 'settings',
    query: WhatsappModeInput,
    response: { 200: ref(WhatsappModePreview) },
  },
  getRouting: {
    summary: 'Whether beginning a chat on another number has to be confirmed',
    access: 'admin',
    scope: 'settings',
    response: { 200: RoutingSettings },
  },
  setRouting: {
    summary: 'Change whether that has to be confirmed',
    access: 'admin',
    scope: 'settings',
    body: RoutingSettings,
    response: { 200: RoutingSettings },
  },
  getRetention: {
    summary: 'After how many days messages, files and the audit log are deleted',
    access: 'admin',
    scope: 'settings',
    response: { 200: Retention },
  },
  setRetention: {
    summary: 'Change that; what is too old goes within the hour, and never comes back',
    access: 'admin',
    scope: 'settings',
    body: Retention,
    response: { 200: Retention },
  },
} as const

function matrixSave() {
  return {
    summary: 'Save, sign the admin in and check everything; a save that fails leaves the old config working',
    access: 'admin',
    scope: 'settings',
    body: MatrixSystemConfigInput,
    response: { 200: ref(MatrixSystemConfig) },
  } as const
}
