import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { useToast } from '../../ui/toast.tsx'

/** A secret that is told now and never again. */
export function ShownOnce({ note, value }: { readonly note: string; readonly value: string }) {
  const { words } = useLateSpeech()
  const toast = useToast()
  const copy = async () => {
    await navigator.clipboard?.writeText(value)
    toast(words.common.copied)
  }
  return (
    <>
      <output>{note}</output>
      <code dir="ltr" className="rounded-lg bg-surface2 p-3 break-all">
        {value}
      </code>
      <Button look="primary" className="justify-self-start" onClick={() => void copy()}>
        {words.common.copy}
      </Button>
    </>
  )
}
