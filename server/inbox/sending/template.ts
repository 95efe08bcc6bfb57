import type { Template, TemplateComponent, TemplateUse, TemplateValues } from '../../../contract/template.ts'
import type { MessageInput } from '../../../contract/message.ts'
import { findTemplate } from '../../db/templates.ts'
import type { Db } from '../../db/schema.ts'
import { AppError, type FieldError } from '../../lib/errors.ts'
import type { Line } from '../channels/connections.ts'
import type { FileToSend } from './sendable.ts'

/** A template with its variables filled in. */
export interface FilledTemplate {
  /** What the contact reads: header, body and footer. */
  readonly text: string
  /** What the template asks for and was not given, or the other way round; empty where it can be sent. */
  readonly wrong: readonly FieldError[]
  /** The kind of file that its header wants. */
  readonly file?: 'image' | 'video' | 'document'
  /** Its header is a place, which is to be the message's `location`. */
  readonly place: boolean
}

/** Fills a template in. Pure. Whether its file or place is there is for the caller to see. */
export function fillTemplate({ components }: Pick<Template, 'components'>, use: TemplateUse): FilledTemplate {
  const part = (name: TemplateComponent['part']) => components.find((one) => one.part === name)
  const header = part('header')
  const body = part('body')
  const textHeader = header?.format === 'text' ? header : undefined
  const buttons = components.filter((one) => one.part === 'button')
  const wrong = [
    ...compare('/template/header', textHeader?.variables ?? [], use.header ?? []),
    ...compare('/template/body', body?.variables ?? [], use.body ?? []),
    ...compareButtons(buttons, use.buttons ?? []),
  ]
  const lines = [fill(textHeader, use.header), fill(body, use.body), part('footer')?.text ?? '']
  const format = header?.format
  const file = format === 'image' || format === 'video' || format === 'document' ? { file: format } : {}
  return { text: lines.filter((line) => line !== '').join('\n\n'), wrong, place: format === 'location', ...file }
}

function fill(component: TemplateComponent | undefined, values: TemplateValues = []): string {
  if (component === undefined) return ''
  const given = valuesByName(component.variables, values)
  return component.text.replaceAll(/\{\{\s*([^{}\s]+)\s*\}\}/g, (whole, name: string) => given.get(name) ?? whole)
}

/** By order where the template counts its variables, by name else. */
function valuesByName(variables: readonly string[], values: TemplateValues): ReadonlyMap<string, string> {
  if (!Array.isArray(values)) return new Map(Object.entries(values))
  return new Map(variables.flatMap((name, at) => (values[at] === undefined ? [] : [[name, values[at]]])))
}

function compare(pointer: string, variables: readonly string[], values: TemplateValues): readonly FieldError[] {
  if (Array.isArray(values)) {
    if (values.length === variables.length) return []
    const code = values.length < variables.length ? 'required' : 'unexpected'
    return [
      {
        pointer,
        code,
        detail: `the template has ${variables.length} variables here${variables.length > 0 ? `: ${variables.join(', ')}` : ''}`,
      },
    ]
  }
  const missing = variables.filter((name) => values[name] === undefined)
  const extra = Object.keys(values).filter((name) => !variables.includes(name))
  return [
    ...missing.map((name) => ({ pointer: `${pointer}/${name}`, code: 'required', detail: `the template needs a value for ${name}` })),
    ...extra.map((name) => ({ pointer: `${pointer}/${name}`, code: 'unexpected', detail: `the template has no variable ${name} here` })),
  ]
}

/** The hidden answer of a quick reply may be left out: WhatsApp then sends the words on the button. */
function compareButtons(buttons: readonly TemplateComponent[], values: NonNullable<TemplateUse['buttons']>): readonly FieldError[] {
  const found: FieldError[] = []
  for (const [at, { format, variables }] of buttons.entries()) {
    const given = values[at] ?? null
    const pointer = `/template/buttons/${at}`
    const takes = variables.length > 0 || format === 'quick_reply'
    if (given === null && variables.length > 0) found.push({ pointer, code: 'required', detail: 'this button has a variable' })
    if (given !== null && !takes) found.push({ pointer, code: 'unexpected', detail: 'this button has no variable' })
  }
  if (values.length > buttons.length)
    found.push({ pointer: '/template/buttons', code: 'unexpected', detail: `the template has ${buttons.length} buttons` })
  return found
}

/** A template as it is stored with the message: what was asked for, and what it was then. */
export interface ChosenTemplate {
  readonly text: string
  readonly template: TemplateUse & Pick<Template, 'components'>
}

/**
 * The template that a message names, filled in. Throws invalid_request for one that is not there or cannot be sent, for variables that do not
 * fit, and for a file or place that its header lacks.
 */
export async function getFilledTemplate(
  db: Db,
  line: Line,
  { template: use, location }: MessageInput,
  file: FileToSend | undefined,
): Promise<ChosenTemplate> {
  const { provider, account } = line.channel
  const found = use === undefined ? undefined : await findTemplate(db, { provider, account }, use)
  if (use === undefined || found === undefined)
    throw wrongTemplate(
      'not_found',
      'This number has no template of this name and language. Names and languages are listed under its templates.',
    )
  if (found.status !== 'approved')
    throw wrongTemplate(found.status, `WhatsApp has not approved this template, or takes it no more: it is ${found.status}.`)
  const filled = fillTemplate(found, use)
  const wrong = [...filled.wrong, ...compareHeader(filled, { file, hasPlace: location !== undefined })]
  if (wrong.length > 0) throw new AppError('invalid_request', 'What was given does not fit the template.', { fields: wrong })
  return { text: filled.text, template: { ...use, components: found.components } }
}

function compareHeader(
  { file: wanted, place }: FilledTemplate,
  given: { readonly file: FileToSend | undefined; readonly hasPlace: boolean },
): readonly FieldError[] {
  const kind = given.file?.mime_type.split('/')[0]
  const fits = wanted === undefined ? given.file === undefined : given.file !== undefined && (wanted === 'document' || wanted === kind)
  const header = wanted === undefined ? 'the header of this template is no file' : `the header of this template is a file: ${wanted}`
  return [
    ...(fits ? [] : [{ pointer: '/attachments', code: given.file === undefined ? 'required' : 'unexpected', detail: header }]),
    ...(place === given.hasPlace
      ? []
      : [
          {
            pointer: '/location',
            code: place ? 'required' : 'unexpected',
            detail: place ? 'its header is a place' : 'its header is no place',
          },
        ]),
  ]
}

function wrongTemplate(code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer: '/template/name', code, detail }] })
}
