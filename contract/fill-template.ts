import type { Template, TemplateComponent, TemplateUse, TemplateValues } from './template.ts'

/** What was given and does not fit, by its JSON pointer in the message. */
export interface Misfit {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

/** A template with its variables filled in. */
export interface FilledTemplate {
  /** What the contact reads: header, body and footer. */
  readonly text: string
  /** What the template asks for and was not given, or the other way round; empty where it can be sent. */
  readonly wrong: readonly Misfit[]
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

function compare(pointer: string, variables: readonly string[], values: TemplateValues): readonly Misfit[] {
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
function compareButtons(buttons: readonly TemplateComponent[], values: NonNullable<TemplateUse['buttons']>): readonly Misfit[] {
  const found: Misfit[] = []
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
