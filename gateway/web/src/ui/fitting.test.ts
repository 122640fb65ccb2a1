import { expect, it } from 'vitest'
import { fits } from './fitting'

it.each(['nfr', 'north', 'NF/R', 'north runs', ''])('"%s" finds north-face/runs', (wanted) => expect(fits('north-face/runs', wanted)).toBe(true))
it.each(['runsnorth', 'x', 'nfrz'])('"%s" does not', (wanted) => expect(fits('north-face/runs', wanted)).toBe(false))
