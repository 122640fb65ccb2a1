/** Where the app begins. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isProblem } from './api/client'
import { App } from './app'
import { SpeechProvider } from './state/language'
import { applyTheme } from './state/theme'
import { ToastProvider } from './ui/toasts'
import './ui/styles/tokens.css'
import './ui/styles/base.css'
import './ui/styles/controls.css'
import './ui/styles/layout.css'
import './ui/styles/pages.css'
import './ui/styles/media.css'
import './ui/styles/reports.css'

applyTheme()

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // What was refused stays refused; what was not available may be soon.
      retry: (count, error) => count < 3 && (!isProblem(error) || error.status === 0 || error.status >= 500),
    },
  },
})

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <SpeechProvider>
          <ToastProvider>
            <App />
          </ToastProvider>
        </SpeechProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
