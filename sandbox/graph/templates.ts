import type { WaContent } from '../phone/types.ts'
import { objectIn, textIn } from './checks.ts'
import { GraphError } from './errors.ts'
import type { GraphNumber, GraphTemplate } from './state.ts'
import { type Graph, newId } from './world.ts'

type Json = { [key: string]: unknown }

const variable = /\{\{\s*([^{}\s]+)\s*\}\}/g
const variablesIn = (text: unknown) => [...(typeof text === 'string' ? text : '').matchAll(variable)].map((match) => match[1] ?? '')

/** A template with its parameters, as the contact sees it. Throws GraphError where they do not fit (protocol/meta.md 3.3). */
export function fillTemplate(graph: Graph, number: GraphNumber, use: Json): { content: WaContent; template: string } {
  const name = textIn(use, 'name', 'template.name')
  const language = textIn(objectIn(use['language'], 'template.language'), 'code', 'language.code')
  const template = [...graph.store.state.templates.values()].find((one) => one.name === name && one.language === language)
  if (template === undefined || ['PENDING', 'REJECTED'].includes(template.status))
    throw new GraphError('template_missing', `${name} in ${language}`)
  if (template.status === 'PAUSED') throw new GraphError('template_paused')
  if (template.status === 'DISABLED') throw new GraphError('template_disabled')
  const given = ((use['components'] as Json[] | undefined) ?? []).map((component) => objectIn(component, 'component'))
  const parametersOf = (type: string) => (given.find((component) => component['type'] === type)?.['parameters'] as Json[] | undefined) ?? []
  const lines = template.components.flatMap((component) => {
    const type = String(component['type'])
    if (type === 'HEADER' && component['format'] !== undefined && component['format'] !== 'TEXT') {
      checkHeaderFile(graph, number, (component['format'] as string).toLowerCase(), parametersOf('header'))
      return []
    }
    if (type === 'HEADER' || type === 'BODY') return [fill(String(component['text']), parametersOf(type.toLowerCase()))]
    return type === 'FOOTER' ? [String(component['text'])] : []
  })
  return {
    content: { type: 'business', form: 'template', text: lines.join('\n\n'), buttons: buttonsOf(template, given) },
    template: template.id,
  }
}

function fill(text: string, parameters: Json[]): string {
  const names = variablesIn(text)
  if (names.length !== parameters.length) throw new GraphError('template_count', `${names.length} expected, ${parameters.length} given`)
  const byName = new Map(
    parameters.map((parameter, at) => {
      if (parameter['type'] !== 'text') throw new GraphError('template_format', 'a text parameter is expected')
      return [typeof parameter['parameter_name'] === 'string' ? parameter['parameter_name'] : (names[at] ?? ''), textIn(parameter, 'text')]
    }),
  )
  return text.replaceAll(variable, (_, name: string) => {
    const value = byName.get(name)
    if (value === undefined) throw new GraphError('template_format', `no parameter is named ${name}`)
    return value
  })
}

function checkHeaderFile({ store }: Graph, number: GraphNumber, format: string, parameters: Json[]): void {
  const [parameter] = parameters
  if (parameter === undefined || parameters.length !== 1) throw new GraphError('template_count', 'the header needs one parameter')
  if (parameter['type'] !== format) throw new GraphError('template_format', `the header is of the type ${format}`)
  if (format === 'location') return
  const media = store.state.media.get(String(objectIn(parameter[format], format)['id']))
  if (media === undefined || media.number !== number.id) throw new GraphError('invalid_value', 'media id is not known for this number')
}

function buttonsOf(template: GraphTemplate, given: Json[]): string[] {
  const buttons = (template.components.find((component) => component['type'] === 'BUTTONS')?.['buttons'] as Json[] | undefined) ?? []
  for (const [at, button] of buttons.entries()) {
    const needs = button['type'] === 'URL' && variablesIn(button['url']).length > 0
    const has = given.some((component) => component['type'] === 'button' && String(component['index']) === String(at))
    if (needs && !has) throw new GraphError('template_count', `button ${at} needs a parameter`)
  }
  return buttons.map((button) => String(button['text']))
}

/** `POST /{waba}/message_templates`: waits for review. */
export function addTemplate({ store }: Graph, body: Json): Json {
  const name = textIn(body, 'name')
  if (!/^[a-z0-9_]{1,512}$/.test(name)) throw new GraphError('invalid_parameter', 'name may hold small letters, digits and _ only')
  const components = (body['components'] as Json[] | undefined) ?? []
  if (!components.some((component) => component['type'] === 'BODY'))
    throw new GraphError('invalid_parameter', 'a BODY component is required')
  const template: GraphTemplate = {
    id: newId(),
    name,
    language: textIn(body, 'language'),
    category: textIn(body, 'category'),
    status: 'PENDING',
    components,
  }
  store.commit({ t: 'template', template })
  return { id: template.id, status: template.status, category: template.category }
}

/** What Meta does with a template: the review, a pause, the end. The webhook tells its id as a number that passes 2^53. */
export function reviewTemplate(graph: Graph, name: string, status: string): void {
  for (const template of [...graph.store.state.templates.values()].filter((one) => one.name === name)) {
    graph.store.commit({ t: 'template', template: { ...template, status } })
    graph.tell({
      field: 'message_template_status_update',
      value: {
        event: status,
        message_template_id: Number(template.id),
        message_template_name: template.name,
        message_template_language: template.language,
        message_template_category: template.category,
        reason: status === 'REJECTED' ? 'INVALID_FORMAT' : 'NONE',
      },
    })
  }
}

/** `GET /{waba}/message_templates`, page by page. */
export function listTemplates({ store }: Graph, query: URLSearchParams): Json {
  const all = [...store.state.templates.values()]
  const start = Number(query.get('after') ?? 0)
  const limit = Math.min(Number(query.get('limit') ?? 25), 250)
  const data = all.slice(start, start + limit).map(({ quality = 'UNKNOWN', ...template }) => ({
    ...template,
    quality_score: { score: quality },
    parameter_format: template.components.some((component) => variablesIn(component['text']).some((name) => !/^\d+$/.test(name)))
      ? 'NAMED'
      : 'POSITIONAL',
  }))
  const end = start + limit
  return { data, paging: { cursors: { before: String(start), after: String(end) }, ...(end < all.length ? { next: `after=${end}` } : {}) } }
}

/** Templates that the demo and the tests begin with. */
export const firstTemplates: Omit<GraphTemplate, 'id'>[] = [
  {
    name: 'hello_again',
    language: 'uk',
    category: 'UTILITY',
    status: 'APPROVED',
    components: [{ type: 'BODY', text: 'Вітаємо, {{1}}! Чи можемо ми ще чимось допомогти?' }],
  },
  {
    name: 'order_ready',
    language: 'uk',
    category: 'UTILITY',
    status: 'APPROVED',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'Замовлення {{1}}' },
      { type: 'BODY', text: '{{name}}, ваше замовлення готове. Чекаємо до {{time}}.' },
      { type: 'FOOTER', text: 'Місток' },
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'Заберу' },
          { type: 'URL', text: 'Де ви?', url: 'https://example.com/{{1}}' },
        ],
      },
    ],
  },
  {
    name: 'hello_again',
    language: 'en',
    category: 'UTILITY',
    status: 'APPROVED',
    components: [{ type: 'BODY', text: 'Hello {{1}}! Can we help you any further?' }],
  },
  {
    name: 'spring_sale',
    language: 'uk',
    category: 'MARKETING',
    status: 'PAUSED',
    components: [{ type: 'BODY', text: 'Весняні знижки до {{1}}!' }],
  },
]
