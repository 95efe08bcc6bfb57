import type { ExternalId } from '../../../contract/ids.ts'
import { fields } from '../../lib/fields.ts'
import { type Graph, GraphError } from './client.ts'
import { idOf } from './names.ts'

/** Of the listed numbers, those that stay in the WhatsApp Business app beside the API (coexistence), as `listNumbers` gives them. */
export function numbersInApp(listed: readonly unknown[]): readonly { readonly id: ExternalId; readonly is_on_biz_app: true }[] {
  return listed.flatMap((one) => {
    const id = idOf(fields(one)['id'])
    return id !== undefined && fields(one)['is_on_biz_app'] === true ? [{ id, is_on_biz_app: true as const }] : []
  })
}

/** What the app has from before: its address book first, so that the chats come with names. */
const kinds = ['smb_app_state_sync', 'history'] as const

/** Asked for already, more than a day after the number was connected, or declined by its owner: asking again is of no use. */
const settled: readonly (number | undefined)[] = [2_593_107, 2_593_108, 2_593_109]

/** What the app's data was answered with: `asked`, or what the network refuses it for. */
export type AppDataWords = Readonly<Record<(typeof kinds)[number], string>>

/**
 * Asks the network to tell what the app of this number has: it takes each request once, within a day of connecting, and delivers by the webhook
 * (`protocol/meta.md` 2). Throws what is worth another try.
 */
export async function askForAppData(graph: Graph, number: string, signal: AbortSignal): Promise<AppDataWords> {
  const words: Record<string, string> = {}
  for (const sync_type of kinds) {
    try {
      await graph.call({ method: 'POST', path: [number, 'smb_app_data'], body: { messaging_product: 'whatsapp', sync_type }, signal })
      words[sync_type] = 'asked'
    } catch (error) {
      if (!(error instanceof GraphError) || !(settled.includes(error.code) || settled.includes(error.subcode))) throw error
      words[sync_type] = error.message
    }
  }
  return words as AppDataWords
}
