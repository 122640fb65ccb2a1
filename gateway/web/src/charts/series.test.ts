import { describe, expect, it } from 'vitest'
import { aligned, clipped, extended, NOTHING, positive, sections, short, smooth, type Curve } from './series'

const curve = (x: number[], y: (number | null)[]): Curve => ({ x, y, total: x.length, odd: {} })

describe('aligned', () => {
  it('puts every curve over one rising x, and tells a gap from no point', () => {
    const { x, ys } = aligned([curve([0, 2], [1, 2]), curve([1, 2], [5, null])])
    expect(x).toEqual([0, 1, 2])
    expect(ys).toEqual([[1, undefined, 2], [undefined, 5, null]])
  })

  it('sorts a single curve whose x falls back', () => {
    expect(aligned([curve([3, 1], [30, 10])])).toEqual({ x: [1, 3], ys: [[10, 30]] })
  })

  it('is empty for no curves', () => {
    expect(aligned([])).toEqual({ x: [], ys: [] })
  })
})

describe('smooth', () => {
  it('leaves values alone without a weight', () => {
    expect(smooth([3, null, 1], 0)).toEqual([3, null, 1])
  })

  it('begins at the first value, not at zero', () => {
    expect(smooth([4, 4, 4], 0.9).map((value) => value?.toFixed(6))).toEqual(['4.000000', '4.000000', '4.000000'])
  })

  it('keeps a gap, and goes on behind it', () => {
    const [first, gap, last] = smooth([0, null, 10], 0.5)
    expect([first, gap]).toEqual([0, null])
    expect(last).toBeCloseTo(6.667, 3)
  })
})

describe('extended', () => {
  it('takes only what lies behind the end', () => {
    expect(extended(curve([0, 1], [5, 6]), [1, 2, 3], [9, 7, null])).toEqual(curve([0, 1, 2, 3], [5, 6, 7, null]))
  })

  it('is the same curve when nothing is new, so that nothing is drawn again', () => {
    const known = curve([0, 1], [5, 6])
    expect(extended(known, [0, 1], [5, 6])).toBe(known)
  })

  it('fills an empty one', () => {
    expect(extended(NOTHING, [0], [1])).toEqual(curve([0], [1]))
  })
})

describe('positive', () => {
  it('leaves out what has no logarithm', () => {
    expect(positive(curve([-1, 0, 2], [5, 6, 7]))).toMatchObject({ x: [2], y: [7] })
    const all = curve([1, 2], [5, 6])
    expect(positive(all)).toBe(all)
  })
})

describe('clipped', () => {
  it('leaves out the outermost values only', () => {
    const values = [...Array.from({ length: 100 }, (_, index) => index), 1e9]
    const range = clipped([values])
    expect(range?.[1]).toBeLessThan(120)
    expect(range?.[0]).toBeGreaterThan(-10)
  })

  it('says nothing of few or equal values', () => {
    expect(clipped([[1, 2, 3]])).toBeNull()
    expect(clipped([new Array<number>(50).fill(7)])).toBeNull()
  })
})

describe('sections', () => {
  it('groups by the last slash, and counts numbers as people do', () => {
    expect(sections(['train/layer10/w', 'train/layer2/w', 'lr', 'train/loss'])).toEqual([
      { name: '', metrics: ['lr'] },
      { name: 'train', metrics: ['train/loss'] },
      { name: 'train/layer2', metrics: ['train/layer2/w'] },
      { name: 'train/layer10', metrics: ['train/layer10/w'] },
    ])
  })
})

describe('short', () => {
  it.each([
    [0, '0'], [12, '12'], [0.123456789, '0.12346'], [1234567.8, '1.23e6'], [0.0000123, '1.23e-5'], [-2.5, '-2.5'], [Infinity, 'Infinity'],
  ])('%s is %s', (value, text) => expect(short(value)).toBe(text))
})
