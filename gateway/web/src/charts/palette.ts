/** Colours of lines: told apart by most eyes, on light and on dark ground. */
import type { Shade } from '../state/theme'

const LIGHT = ['#c2410c', '#1c6fd0', '#15803d', '#9333ea', '#b45309', '#0e7490', '#be185d', '#4d7c0f', '#475569', '#7c2d12', '#4338ca', '#a16207']
const DARK = ['#fb8a4e', '#6cb2ff', '#55cf86', '#c792ff', '#f5b544', '#4fc8dd', '#ff7fb3', '#a5d24c', '#a7b4c4', '#e0a080', '#9d9bff', '#e2c04f']

export function colorOf(index: number, shade: Shade): string {
  const colors = shade === 'dark' ? DARK : LIGHT
  return colors[index % colors.length] ?? '#888888'
}

/** The same run has the same colour wherever it is drawn: by its name. */
export function colorFor(name: string, shade: Shade): string {
  let hash = 2166136261
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 16777619)
  return colorOf((hash >>> 0) % LIGHT.length, shade)
}
