/** Light or dark: as chosen, or as the system is. */
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'system'
export type Shade = 'light' | 'dark'

const KEPT = 'cordee.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEPT)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

export function shade(): Shade {
  const theme = chosenTheme()
  return theme === 'system' ? (system.matches ? 'dark' : 'light') : theme
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = shade()
  listeners.forEach((tell) => tell())
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEPT, theme)
  applyTheme()
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export const useShade = (): Shade => useSyncExternalStore(subscribe, shade)
export const useTheme = (): Theme => useSyncExternalStore(subscribe, chosenTheme)

system.addEventListener('change', applyTheme)
