import type { TemplateComponent } from '../../../../contract/template.ts'

/** The buttons of a template as the contact sees them; here they do nothing. */
export function ButtonsOf({ components }: { readonly components: readonly TemplateComponent[] }) {
  const buttons = components.filter(({ part }) => part === 'button')
  if (buttons.length === 0) return null
  return (
    <ul className="mt-1 grid gap-1">
      {buttons.map(({ text }, at) => (
        <li key={at} className="rounded-lg border border-line px-3 py-1 text-center text-muted">
          {text}
        </li>
      ))}
    </ul>
  )
}
