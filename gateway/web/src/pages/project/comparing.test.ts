import { describe, expect, it } from 'vitest'
import type { Run, Values } from '../../api/projects'
import { delta, rowsOf } from './comparing'

const runs = (...summaries: Values[]): Run[] => summaries.map((summary) => ({ summary, config: {} }) as Run)

describe('rowsOf', () => {
  it('tells what differs and which is best, by which way the name says is better', () => {
    const rows = rowsOf(runs({ 'val/loss': 2, accuracy: 0.5, other: 1 }, { 'val/loss': 1, accuracy: 0.4, other: 1 }), 'summary')
    expect(rows.map(({ key, differs, best }) => [key, differs, best])).toEqual([
      ['accuracy', true, 0],
      ['other', false, null],
      ['val/loss', true, 1],
    ])
  })

  it('claims nothing best of what it does not know', () => {
    expect(rowsOf(runs({ size: 1 }, { size: 2 }), 'summary')[0]?.best).toBeNull()
  })

  it('takes no NaN for the best', () => {
    expect(rowsOf(runs({ loss: 'NaN' }, { loss: 3 }), 'summary')[0]?.best).toBe(1)
  })
})

describe('delta', () => {
  it.each([
    [110, 100, '+10 %'], [0.95, 1, '−5.0 %'], [1, 1, null], [1.0001, 1, '≈ 0 %'], [1, 0, null], ['NaN', 1, null],
  ] as const)('%s against %s', (value, base, text) => expect(delta(value, base)).toBe(text))
})
