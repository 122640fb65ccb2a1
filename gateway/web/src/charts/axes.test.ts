import { describe, expect, it } from 'vitest'
import type { Run, Values } from '../api/projects'
import { axisOf, levels, measure, steps, waysOf } from './axes'

const run = (config: Values, summary: Values = {}) => ({ name: 'r', config, summary }) as unknown as Run

describe('axisOf', () => {
  it('has numbers in their places, and nothing else', () => {
    const axis = axisOf('config.lr', [1, 3, 'NaN', null, undefined])
    expect([1, 2, 3, 'adam', null].map((value) => axis?.place(value))).toEqual([0, 0.5, 1, null, null])
  })

  it('spreads sizes far apart by their size', () => {
    const axis = axisOf('config.lr', [1e-5, 1e-3, 1e-1])
    expect(axis?.place(1e-3)).toBeCloseTo(0.5)
    expect(axis?.ticks.map(({ label }) => label)).toEqual(['1.00e-5', '0.0001', '0.001', '0.01', '0.1'])
  })

  it('has words one above the other, and one value in the middle', () => {
    expect(axisOf('config.opt', ['sgd', 'adam', 'adam'])?.ticks).toEqual([{ at: 0, label: 'adam' }, { at: 1, label: 'sgd' }])
    expect(axisOf('config.n', [7, 7])?.place(7)).toBe(0.5)
    expect(axisOf('config.none', [null, undefined, [1]])).toBeNull()
  })
})

describe('measure', () => {
  it('goes by size where it is told to, and can', () => {
    const axis = measure('config.lr', [0.002, 0.008], true)
    expect(axis.place(0.004)).toBeCloseTo(0.5)
    expect(axis.ticks.map(({ label }) => label)).toEqual(['0.002', '0.008'])
    expect(measure('config.lr', [0.0010082, 0.0865], true).ticks.map(({ label }) => label)).toEqual(['0.00101', '0.01', '0.0865'])
    expect(measure('config.x', [0, 10], true).place(5)).toBe(0.5)
  })
})

it('levels stand in the order in which they are given', () => {
  const axis = levels('config.kind', ['small', 2, 'huge'])
  expect(['small', 2, 'huge', 'odd', undefined].map((value) => axis?.place(value))).toEqual([0, 0.5, 1, null, null])
})

it('ticks are round and inside', () => {
  expect(steps(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(steps(-3, 17)).toEqual([0, 5, 10, 15])
})

it('a way over parallel axes knows where it has no place', () => {
  const runs = [run({ lr: 1, opt: 'a' }, { loss: 1 }), run({ lr: 2 }, { loss: 3 }), run({ lr: 9 })]
  const axes = [measure('config.lr', [1, 2, 9], false), ...[levels('config.opt', ['a']) ?? []].flat(), measure('summary.loss', [1, 3], false)]
  expect(waysOf(axes, runs).map(({ places }) => places)).toEqual([[0, 0.5, 0], [0.125, null, 1]])
})
