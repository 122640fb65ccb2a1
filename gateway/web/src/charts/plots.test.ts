import { describe, expect, it } from 'vitest'
import type { Run, Value, Values } from '../api/projects'
import { barsOf, heatOf, isHistogram, spotsOf } from './plots'

const run = (config: Values, summary: Values = {}) => ({ name: 'r', config, summary }) as unknown as Run

describe('spotsOf', () => {
  it('leaves out runs that lack one of the values', () => {
    const found = spotsOf([run({ lr: 1 }, { loss: 5 }), run({ lr: 2 }), run({ lr: 3 }, { loss: 7 })], 'config.lr', 'summary.loss')
    expect(found?.spots.map(({ x, y }) => [x, y])).toEqual([[0, 0], [1, 1]])
    expect(spotsOf([run({ lr: 1 })], 'config.lr', 'summary.loss')).toBeNull()
  })
})

it('bars begin at zero, on either side of it', () => {
  const found = barsOf([run({}, { v: -1 }), run({}, { v: 3 }), run({}, { v: 'NaN' })], 'summary.v')
  expect(found.map(({ from, to }) => [from, to])).toEqual([[0, 0.25], [0.25, 1]])
})

describe('heatOf', () => {
  const histogram = (values: number[], bins: number[]): Value => ({ _type: 'histogram', values, bins })

  it('puts histograms of different ranges on one', () => {
    const heat = heatOf([[0, histogram([4], [0, 1])], [5, histogram([2, 2], [0, 1, 2])], [6, 'x']])
    expect(heat).toMatchObject({ steps: [0, 5], low: 0, high: 2 })
    expect(heat?.columns[0]?.[0]).toBe(1)
    expect(heat?.columns[0]?.[40]).toBe(0)
    expect(heat?.columns[1]?.[40]).toBeCloseTo(0.5)
  })

  it.each([[{ _type: 'histogram', values: [1], bins: [0] }], [{ _type: 'histogram', values: ['x'], bins: [0, 1] }], ['histogram'], [null]])('%j is none', (value) => {
    expect(isHistogram(value)).toBe(false)
    expect(heatOf([[0, value]])).toBeNull()
  })
})
