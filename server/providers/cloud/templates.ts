import type { ExternalId } from '../../../contract/ids.ts'
import type { TemplateComponent, TemplateStatus } from '../../../contract/template.ts'
import { type Fields, fields, filled, isFields, list, present, text } from '../../lib/fields.ts'
import type { TemplateDefinition, TemplateNews } from '../provider.ts'
import { type Graph, GraphError } from './client.ts'
import { idOf } from './names.ts'

const pageSize = 100
const mostPages = 100
const stalePlace = 131059

/** All templates of the account, as the network lists them. Throws as the client does. */
export async function listTemplates(graph: Graph, account: ExternalId, signal: AbortSignal): Promise<readonly unknown[]> {
  try {
    return await listFrom(graph, account, signal)
  } catch (error) {
    // The list has changed while it was read.
    if (!(error instanceof GraphError && error.code === stalePlace)) throw error
    return listFrom(graph, account, signal)
  }
}

async function listFrom(graph: Graph, account: ExternalId, signal: AbortSignal): Promise<readonly unknown[]> {
  const found: unknown[] = []
  let after: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await graph.call({
      method: 'GET',
      path: [account, 'message_templates'],
      query: {
        fields: 'id,name,language,category,status,quality_score,components,parameter_format,rejected_reason',
        limit: String(pageSize),
        ...(after === undefined ? {} : { after }),
      },
      signal,
    })
    found.push(...list(answer['data']))
    const paging = fields(answer['paging'])
    const next = filled(fields(paging['cursors'])['after'])
    if (next === undefined || next === after || paging['next'] === undefined) return found
    after = next
  }
  return found
}

/** The network's own words for how it stands with a template (`protocol/meta.md` 5.6, 7.5). */
const statuses: Readonly<Record<string, TemplateStatus>> = {
  APPROVED: 'approved',
  REINSTATED: 'approved',
  // Will be paused if nothing gets better, and can be sent until then.
  FLAGGED: 'approved',
  PENDING: 'pending',
  IN_APPEAL: 'pending',
  REJECTED: 'rejected',
  LIMIT_EXCEEDED: 'rejected',
  PAUSED: 'paused',
  LOCKED: 'paused',
  DISABLED: 'disabled',
  ARCHIVED: 'disabled',
  PENDING_DELETION: 'disabled',
  DELETED: 'disabled',
}

/** A template as it is listed; undefined for what is none. One whose status is new to us cannot be sent. */
export function readTemplate(told: unknown): TemplateDefinition | undefined {
  const template = fields(told)
  const [id, name, language] = [idOf(template['id']), filled(template['name']), filled(template['language'])]
  if (id === undefined || name === undefined || language === undefined) return undefined
  return {
    id,
    name,
    language,
    category: wordOf(template['category']) ?? 'unknown',
    status: statuses[filled(template['status']) ?? ''] ?? 'pending',
    ...present({ quality: qualityOf(template['quality_score']), reason: reasonOf(template['rejected_reason']) }),
    components: list(template['components']).filter(isFields).flatMap(componentsOf),
  }
}

/** What a delivery tells of one template; undefined where that is nothing but its name. */
export function readTemplateNews(value: Fields): TemplateNews | undefined {
  const id = idOf(value['message_template_id'])
  const event = filled(value['event'])
  if (id === undefined) return undefined
  if (event === 'DELETED' || event === 'PENDING_DELETION') return { id, removed: true }
  const news = present({
    status: event === undefined ? undefined : statuses[event],
    quality: wordOf(value['new_quality_score']),
    category: wordOf(value['new_category']),
    reason: reasonOf(value['reason']) ?? filled(fields(value['rejection_info'])['reason']),
  })
  return Object.keys(news).length === 0 ? undefined : { id, ...news }
}

function wordOf(value: unknown): string | undefined {
  return filled(value)?.toLowerCase()
}

function qualityOf(value: unknown): string | undefined {
  return wordOf(isFields(value) ? value['score'] : value)
}

function reasonOf(value: unknown): string | undefined {
  const reason = filled(value)
  return reason === 'NONE' ? undefined : reason
}

const headers = { TEXT: 'text', IMAGE: 'image', VIDEO: 'video', DOCUMENT: 'document', LOCATION: 'location' } as const
const buttons = {
  QUICK_REPLY: 'quick_reply',
  URL: 'url',
  PHONE_NUMBER: 'phone_number',
  COPY_CODE: 'copy_code',
  FLOW: 'flow',
  // Sent like an address whose variable is the code.
  OTP: 'url',
} as const

function componentsOf(told: Fields): readonly TemplateComponent[] {
  const words = text(told['text']) ?? ''
  const type = filled(told['type']) ?? ''
  switch (type) {
    case 'HEADER': {
      const format = headers[told['format'] as keyof typeof headers] ?? 'other'
      return [{ part: 'header', format, text: words, variables: variablesOf(words) }]
    }
    case 'BODY':
      return [{ part: 'body', format: 'text', text: words, variables: variablesOf(words) }]
    case 'FOOTER':
      return [{ part: 'footer', format: 'text', text: words, variables: [] }]
    case 'BUTTONS':
      return list(told['buttons']).filter(isFields).map(buttonOf)
    default:
      return [{ part: 'header', format: 'other', text: type, variables: [] }]
  }
}

function buttonOf(told: Fields): TemplateComponent {
  const format = buttons[told['type'] as keyof typeof buttons] ?? 'other'
  const target = filled(told['url']) ?? filled(told['phone_number'])
  const isCode = format === 'copy_code' || told['type'] === 'OTP'
  const variables = isCode ? ['code'] : format === 'url' ? variablesOf(target ?? '') : []
  return { part: 'button', format, text: text(told['text']) ?? '', variables, ...(target === undefined ? {} : { target }) }
}

function variablesOf(words: string): string[] {
  return [...new Set([...words.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/g)].flatMap((match) => match[1] ?? []))]
}
