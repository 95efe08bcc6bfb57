import { type FilledTemplate, fillTemplate } from '../../../contract/fill-template.ts'
import type { MessageInput } from '../../../contract/message.ts'
import type { Template, TemplateUse } from '../../../contract/template.ts'
import type { Db } from '../../db/schema.ts'
import { findTemplate } from '../../db/templates.ts'
import { AppError, type FieldError } from '../../lib/errors.ts'
import type { Line } from '../channels/connections.ts'
import type { FileToSend } from './sendable.ts'

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
