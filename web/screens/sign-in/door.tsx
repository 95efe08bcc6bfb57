import type { ReactNode } from 'react'
import { LanguageSelect } from '../language-select.tsx'
import { ThemeSwitch } from '../theme-switch.tsx'

/** The frame of the screens before sign-in. */
export function Door({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="grid h-full justify-items-center overflow-y-auto p-4">
      <div className="my-auto grid w-full max-w-sm gap-5 rounded-xl border border-line bg-surface p-6">
        <div className="flex items-center gap-3">
          <img src="/favicon.svg" alt="" className="size-9" />
          <h1 className="text-xl font-semibold">{title}</h1>
        </div>
        {children}
        <div className="flex items-end gap-2">
          <div className="flex-1">
            <LanguageSelect />
          </div>
          <ThemeSwitch className="size-10" />
        </div>
      </div>
    </main>
  )
}
