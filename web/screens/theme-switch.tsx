import { Moon, Sun, SunMoon } from 'lucide-react'
import { usePreferences } from '../frame/use-preferences.ts'
import { useSpeech } from '../i18n/language.tsx'
import { IconButton } from '../ui/button.tsx'

const themes = { auto: { icon: SunMoon, next: 'light' }, light: { icon: Sun, next: 'dark' }, dark: { icon: Moon, next: 'auto' } } as const

/** Light, dark, or as the system has it, each at one press after the other. */
export function ThemeSwitch({ className }: { readonly className: string }) {
  const { words } = useSpeech()
  const [{ theme }, choose] = usePreferences()
  const { icon: Icon, next } = themes[theme]
  return (
    <IconButton
      label={`${words.look.switchTheme}: ${words.look.themes[theme]}`}
      className={className}
      onClick={() => choose({ theme: next })}
    >
      <Icon aria-hidden size={20} />
    </IconButton>
  )
}
