import { useState } from 'react'
import { ApiError, NetworkError } from '../data/api-error.ts'
import { useSpeech } from '../i18n/language.tsx'

/** The words for whatever went wrong. What the server says in its own words is never shown. */
export function useErrorText(): (error: unknown) => string {
  const { words } = useSpeech()
  return (error) => {
    if (error instanceof ApiError) return words.errors[error.code] ?? words.errors.internal
    return error instanceof NetworkError ? words.common.noAnswer : words.errors.internal
  }
}

export interface Action<Input> {
  readonly run: (input: Input) => void
  readonly busy: boolean
  /** Why the last run failed, in words; `undefined` while it runs and when it worked. */
  readonly error: string | undefined
  /** When it may be tried again, in milliseconds since the epoch, where the server has said so. */
  readonly notBefore: number | undefined
  /** Words for a field that the server found wrong, by its name in the body. */
  readonly fieldError: (name: string) => string | undefined
}

/** Something a person does that takes time and may fail: one run at a time, its failure in words. */
export function useAction<Input = void>(work: (input: Input) => Promise<unknown>): Action<Input> {
  const { words } = useSpeech()
  const errorText = useErrorText()
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown; readonly notBefore?: number | undefined }>({
    busy: false,
  })
  const { busy, error, notBefore } = state
  return {
    busy,
    notBefore,
    error: error === undefined ? undefined : errorText(error),
    run: (input) => {
      if (busy) return
      setState({ busy: true })
      work(input).then(
        () => setState({ busy: false }),
        (failure: unknown) => setState({ busy: false, error: failure ?? new Error('unknown'), notBefore: waitOf(failure) }),
      )
    },
    fieldError: (name) => {
      const isWrong = error instanceof ApiError && error.fields.some(({ pointer }) => pointer.replace(/^.*\//, '') === name)
      return isWrong ? words.common.wrongField : undefined
    },
  }
}

const waitOf = (error: unknown) =>
  error instanceof ApiError && error.retryAfterMs !== undefined ? Date.now() + error.retryAfterMs : undefined
