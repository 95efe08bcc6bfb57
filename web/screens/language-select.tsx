import { type Language, languages, useSpeech } from '../i18n/language.tsx'
import { Select } from '../ui/field.tsx'

/** The choice of the page's language, each named in itself. */
export function LanguageSelect() {
  const { language, setLanguage, words } = useSpeech()
  return (
    <Select label={words.common.language} value={language} onChange={(event) => setLanguage(event.target.value as Language)}>
      {Object.entries(languages).map(([tag, { name }]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </Select>
  )
}
