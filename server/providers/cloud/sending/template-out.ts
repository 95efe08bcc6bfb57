import type { TemplateComponent } from '../../../../contract/template.ts'
import { type Fields, fields, filled, isFields, list, present, text } from '../../../lib/fields.ts'
import type { Json, OutboundMessage } from '../../provider.ts'

/** A parameter or component as the network takes it. */
type Part = Readonly<Record<string, Json>>

/** The template of a message with what was filled in; `media` is the file of its header, in the shape of its kind (`protocol/meta.md` 3.3). */
export function templateOf({ content, attempt, file }: OutboundMessage, media: Part | undefined): Part | undefined {
  const use = fields(content['template'])
  const [name, language] = [filled(use['name']), filled(use['language'])]
  if (name === undefined || language === undefined) return undefined
  const known = list(use['components']).filter(isFields) as readonly unknown[] as readonly TemplateComponent[]
  const part = (wanted: TemplateComponent['part']) => known.filter((one) => one.part === wanted)
  const [header] = part('header')
  const [body] = part('body')
  const headerParameters = [
    ...(file === undefined || media === undefined ? [] : [{ type: file.type, [file.type]: media }]),
    ...(isFields(content['location']) ? [{ type: 'location', location: placeOf(content['location']) }] : []),
    ...valuesOf(header, use['header']),
  ]
  const bodyParameters = valuesOf(body, use['body'])
  const given = list(use['buttons'])
  const components = [
    ...(headerParameters.length === 0 ? [] : [{ type: 'header', parameters: headerParameters }]),
    ...(bodyParameters.length === 0 ? [] : [{ type: 'body', parameters: bodyParameters }]),
    ...part('button').flatMap((button, at) => buttonOf(button, at, text(given[at]), attempt) ?? []),
  ]
  return { name, language: { code: language }, ...(components.length === 0 ? {} : { components }) }
}

export function placeOf(place: Fields): Part {
  const { latitude, longitude } = place
  return present({
    latitude: Number(latitude),
    longitude: Number(longitude),
    name: filled(place['name']),
    address: filled(place['address']),
  })
}

/** Values in the order of the variables; with their names where the template has names instead of numbers. */
function valuesOf(component: TemplateComponent | undefined, values: unknown): readonly Part[] {
  const variables = component?.variables ?? []
  const named = isFields(values) ? values : Object.fromEntries(list(values).map((value, at) => [variables[at] ?? String(at + 1), value]))
  const order = variables.length === 0 ? Object.keys(named) : variables
  return order.flatMap((name): readonly Part[] => {
    const value = text(named[name])
    if (value === undefined) return []
    return [{ type: 'text', ...(/^\d+$/.test(name) ? {} : { parameter_name: name }), text: value }]
  })
}

function buttonOf({ format, variables }: TemplateComponent, at: number, value: string | undefined, attempt: string): Part | undefined {
  const button = (sub_type: string, parameter: Part): Part => ({ type: 'button', sub_type, index: String(at), parameters: [parameter] })
  if (format === 'flow') return button('flow', { type: 'action', action: { flow_token: value ?? attempt } })
  if (value === undefined) return undefined
  if (format === 'quick_reply') return button('quick_reply', { type: 'payload', payload: value })
  if (format === 'copy_code') return button('copy_code', { type: 'coupon_code', coupon_code: value })
  return format === 'url' && variables.length > 0 ? button('url', { type: 'text', text: value }) : undefined
}
