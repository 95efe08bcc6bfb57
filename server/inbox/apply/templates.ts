import type { ExternalId } from '../../../contract/ids.ts'
import { listAccountChannels } from '../../db/channels.ts'
import { changeTemplate, deleteTemplate, replaceTemplates } from '../../db/templates.ts'
import type { InboundEvent } from '../../providers/provider.ts'
import { type Applying, ofType } from './context.ts'

/** Takes over what the network says of templates, and tells those who may choose among them: by the numbers that send them. */
export async function applyTemplates(applying: Applying, events: readonly InboundEvent[]): Promise<void> {
  const { tx, provider } = applying
  const accounts = new Set<ExternalId>()
  for (const event of ofType(events, 'template', 'templates')) {
    const owner = { provider, account: event.account }
    accounts.add(event.account)
    if (event.type === 'templates') await replaceTemplates(tx, owner, event.templates)
    else if ('removed' in event.template) await deleteTemplate(tx, owner, event.template.id)
    else await changeTemplate(tx, owner, event.template)
  }
  for (const account of accounts)
    for (const id of await listAccountChannels(tx, provider, account))
      applying.changes.push({ type: 'channel.updated', objectId: id, channelId: id })
}
