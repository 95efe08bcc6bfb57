import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { LanguageProvider, loadLanguage } from './i18n/language.tsx'
import { followPreferences } from './frame/use-preferences.ts'
import './styles.css'
import { ToastProvider } from './ui/toast.tsx'

followPreferences()

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

// Not awaited at the top: a module that waits makes the build keep apart everything that it shares with late parts.
void loadLanguage().then((first) =>
  createRoot(root).render(
    <StrictMode>
      <LanguageProvider first={first}>
        <ToastProvider>
          <App />
        </ToastProvider>
      </LanguageProvider>
    </StrictMode>,
  ),
)
