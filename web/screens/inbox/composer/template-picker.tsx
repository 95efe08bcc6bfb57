import { useCallback, useState } from 'react'
import { fillTemplate } from '../../../../contract/fill-template.ts'
import type { ChannelId, ConversationId } from '../../../../contract/ids.ts'
import type { Template, TemplateUse } from '../../../../contract/template.ts'
import { useLoaded, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import type { Words } from '../../../i18n/uk.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field } from '../../../ui/field.tsx'
import { WhenLoaded } from '../../settings/card.tsx'
import { ButtonsOf } from '../thread/template-buttons.tsx'
import { RichText } from '../thread/text/rich-text.tsx'

export interface PickerProps {
  readonly conversationId: ConversationId
  /** The number that the template leaves from. */
  readonly channelId: ChannelId
  readonly onClose: () => void
}

/** Chooses an approved template and fills it in, with what the contact will read before it is sent. */
export function TemplatePicker({ conversationId, channelId, onClose }: PickerProps) {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const params = { channel_id: channelId }
  // oxlint-disable-next-line react/exhaustive-deps
  const list = useLoaded(useCallback((signal: AbortSignal) => client.call('listTemplates', { params, signal }), [client, channelId]))
  const [chosen, setChosen] = useState<Template>()
  return (
    <Dialog title={chosen?.name ?? words.templates.title} closeLabel={words.common.close} onClose={onClose}>
      <WhenLoaded of={list}>
        {({ items }) =>
          chosen === undefined ? (
            <TemplateList templates={items} onChoose={setChosen} />
          ) : (
            <TemplateForm conversationId={conversationId} template={chosen} onBack={() => setChosen(undefined)} onSent={onClose} />
          )
        }
      </WhenLoaded>
    </Dialog>
  )
}

/** One’s own language first, what cannot be sent last. */
function ordered(templates: readonly Template[], language: string): readonly Template[] {
  const rank = (template: Template) => (template.status === 'approved' ? 0 : 2) + (template.language.startsWith(language) ? 0 : 1)
  return templates.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}

function TemplateList({
  templates,
  onChoose,
}: {
  readonly templates: readonly Template[]
  readonly onChoose: (template: Template) => void
}) {
  const { words, language } = useSpeech()
  const [query, setQuery] = useState('')
  const wanted = query.trim().toLocaleLowerCase()
  const bodyOf = ({ components }: Template) => components.find(({ part }) => part === 'body')?.text ?? ''
  const found = ordered(templates, language).filter((one) => `${one.name} ${bodyOf(one)}`.toLocaleLowerCase().includes(wanted))
  if (templates.length === 0) return <p className="text-muted">{words.templates.none}</p>
  return (
    <div className="grid gap-3">
      <Field label={words.templates.search} type="search" value={query} onChange={(event) => setQuery(event.target.value)} />
      <ul className="grid gap-2">
        {found.map((template) => {
          const why = template.status === 'approved' ? undefined : words.templates.statuses[template.status]
          return (
            <li key={`${template.name} ${template.language}`}>
              <button
                type="button"
                disabled={why !== undefined}
                onClick={() => onChoose(template)}
                className="target grid w-full gap-1 rounded-lg border border-line p-3 text-start hover:bg-surface2 disabled:opacity-60"
              >
                <span className="font-medium">
                  {template.name}{' '}
                  <span className="text-muted">{[template.language, template.category, why].filter(Boolean).join(' · ')}</span>
                </span>
                <span dir="auto" className="line-clamp-2 text-muted">
                  {bodyOf(template)}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

interface FormProps {
  readonly conversationId: ConversationId
  readonly template: Template
  readonly onBack: () => void
  readonly onSent: () => void
}

/** A field for every variable; what is missing keeps it from being sent. */
function TemplateForm({ conversationId, template, onBack, onSent }: FormProps) {
  const { words } = useSpeech()
  const { sends } = useWorkspace()
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [file, setFile] = useState<File>()
  const fields = fieldsOf(template)
  const use = useOf(template, values)
  const filled = fillTemplate(template, use)
  const maySend = filled.wrong.length === 0 && !filled.place && (filled.file === undefined || file !== undefined)
  const send = () => {
    sends.send(conversationId, {
      text: '',
      template: { use, preview: filled.text },
      ...(file && filled.file ? { file: { file, type: filled.file } } : {}),
    })
    onSent()
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (maySend) send()
      }}
    >
      {fields.map(({ key, name, where, button }) => (
        <Field
          key={key}
          label={labelOf(words, { name, where, button })}
          required
          maxLength={1024}
          value={values[key] ?? ''}
          onChange={(event) => setValues((before) => ({ ...before, [key]: event.target.value }))}
        />
      ))}
      {filled.file && (
        <Field
          label={words.templates.file(words.kinds[filled.file])}
          type="file"
          required
          accept={filled.file === 'document' ? undefined : `${filled.file}/*`}
          onChange={(event) => setFile(event.target.files?.[0])}
        />
      )}
      {filled.place && <p className="text-warn">{words.templates.place}</p>}
      <section aria-label={words.templates.preview} className="rounded-xl bg-out px-3 py-2">
        <RichText text={filled.text} />
        <ButtonsOf components={template.components} />
      </section>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" disabled={!maySend}>
          {words.composer.send}
        </Button>
        <Button onClick={onBack}>{words.templates.other}</Button>
      </div>
    </form>
  )
}

interface VariableField {
  readonly key: string
  readonly name: string
  readonly where: 'header' | 'body' | 'button'
  /** The words on the button. */
  readonly button: string
}

function labelOf({ templates }: Words, { name, where, button }: Omit<VariableField, 'key'>): string {
  if (where === 'button') return templates.inButton(button)
  const variable = templates.variable(name)
  return where === 'header' ? templates.inHeader(variable) : variable
}

function fieldsOf({ components }: Template): readonly VariableField[] {
  let button = -1
  return components.flatMap(({ part, format, text, variables }) => {
    if (part === 'button') button += 1
    if (part === 'footer' || (part === 'header' && format !== 'text')) return []
    const where = part
    return variables.map((name) => ({ key: where === 'button' ? `button ${button}` : `${where} ${name}`, name, where, button: text }))
  })
}

function useOf({ name, language, components }: Template, values: Readonly<Record<string, string>>): TemplateUse {
  const of = (part: 'header' | 'body') => {
    const variables = components.find((one) => one.part === part && one.format === 'text')?.variables ?? []
    const given = variables
      .map((variable) => [variable, (values[`${part} ${variable}`] ?? '').trim()] as const)
      .filter(([, value]) => value !== '')
    const isCounted = variables.every((variable) => /^\d+$/.test(variable))
    return isCounted ? given.map(([, value]) => value) : Object.fromEntries(given)
  }
  const buttons = components
    .filter(({ part }) => part === 'button')
    .map(({ variables }, at) => (variables.length === 0 ? null : (values[`button ${at}`] ?? '').trim() || null))
  return { name, language, header: of('header'), body: of('body'), ...(buttons.some((value) => value !== null) ? { buttons } : {}) }
}
