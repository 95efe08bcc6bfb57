import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { LanguageProvider, loadLanguage } from './i18n/language.tsx'
import './styles.css'
import { ToastProvider } from './ui/toast.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

const first = await loadLanguage()
createRoot(root).render(
  <StrictMode>
    <LanguageProvider first={first}>
      <ToastProvider>
        <App />
      </ToastProvider>
    </LanguageProvider>
  </StrictMode>,
)
