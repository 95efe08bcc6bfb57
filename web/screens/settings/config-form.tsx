import { type ReactNode, useState } from 'react'
import type { Check } from '../../../contract/settings.ts'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { useToast } from '../../ui/toast.tsx'
import { useAction } from '../use-action.ts'
import { CheckList } from './checks.tsx'
import { KeptForm } from './kept-form.tsx'

interface ConfigFormProps<Input, Config> {
  readonly save: (body: Input) => Promise<Config>
  /** Looks at what the values would do, and keeps nothing. */
  readonly tryOut: (body: Input) => Promise<{ readonly checks: readonly Check[] }>
  readonly onSaved: (config: Config) => void
  readonly children: (fieldError: (name: string) => string | undefined) => ReactNode
}

/** The settings of a road: saving checks everything and says what is wrong; what is entered can be checked before. */
export function ConfigForm<Input, Config>({ save, tryOut, onSaved, children }: ConfigFormProps<Input, Config>) {
  const { words } = useLateSpeech()
  const toast = useToast()
  const [tried, setTried] = useState<readonly Check[]>()
  const [isTrying, setTrying] = useState(false)
  const saving = useAction(async (body: Input) => {
    onSaved(await save(body))
    toast(words.common.saved)
  })
  const trying = useAction(async (body: Input) => setTried((await tryOut(body)).checks))
  const last = isTrying ? trying : saving
  return (
    <KeptForm
      submitLabel={words.system.submit}
      busy={saving.busy}
      error={last.error}
      buttons={
        <Button type="submit" name="intent" value="try" busy={trying.busy}>
          {words.system.tryOut}
        </Button>
      }
      onSend={({ intent, ...values }) => {
        setTrying(intent === 'try')
        setTried(undefined)
        const deed = intent === 'try' ? trying : saving
        deed.run(values as unknown as Input)
      }}
    >
      {children(last.fieldError)}
      {tried && (
        <section aria-label={words.system.tryOut} className="grid gap-3">
          <output className="font-medium">{words.system.tried}</output>
          <CheckList checks={tried} />
        </section>
      )}
    </KeptForm>
  )
}
