import { expect, it } from 'vitest'
import { safeReturn } from './returning'

it.each(['/teams/x?y=1', '/'])('%s is a page of ours', (path) => expect(safeReturn(path)).toBe(path))

it.each([null, '', 'https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example', 'javascript:alert(1)'])(
  '%s is none, so it is the home page',
  (path) => expect(safeReturn(path)).toBe('/'),
)
