/** English or French: words are pairs, so that none can lack its translation. */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import type { Language } from '../api/account'

export type Word = readonly [english: string, french: string]

const KEPT = 'cordee.language'

interface Speech {
  language: Language
  speak: (language: Language) => void
  /** The word in the reader's language; `{name}` stands for a value. */
  t: (word: Word, values?: Record<string, string | number>) => string
}

const SpeechContext = createContext<Speech | null>(null)

export function say(language: Language, word: Word, values: Record<string, string | number> = {}): string {
  const text = language === 'fr' ? word[1] : word[0]
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole))
}

/** What the browser prefers, unless a choice was kept. */
function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'en' || kept === 'fr') return kept
  return navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en'
}

export function SpeechProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speech = useMemo<Speech>(
    () => ({
      language,
      speak: (chosen) => {
        localStorage.setItem(KEPT, chosen)
        setLanguage(chosen)
      },
      t: (word, values) => say(language, word, values),
    }),
    [language],
  )
  return <SpeechContext value={speech}>{children}</SpeechContext>
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (speech === null) throw new Error('outside SpeechProvider')
  return speech
}

export const useWords = () => useSpeech().t
