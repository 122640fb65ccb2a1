import { describe, expect, it } from 'vitest'
import { banded, byGroup, thinned } from './bands'
import type { Curve, Line } from './series'

const curve = (x: number[], y: (number | null)[]): Curve => ({ x, y, total: x.length, odd: {} })
const line = (name: string, made: Curve): Line => ({ id: name, name, color: '#123456', curve: made })

describe('banded', () => {
  it('is the mean between the lowest and the highest', () => {
    const { mean, low, high } = banded([curve([0, 1], [1, 2]), curve([0, 1], [3, 6])])
    expect([mean.y, low.y, high.y]).toEqual([[2, 4], [1, 2], [3, 6]])
  })

  it('reads a curve between its points, and not outside of them', () => {
    const { mean } = banded([curve([0, 2], [0, 2]), curve([1, 3], [10, 10])])
    expect(mean.x).toEqual([0, 1, 2, 3])
    expect(mean.y).toEqual([0, 5.5, 6, 10])
  })

  it('leaves a gap out', () => {
    expect(banded([curve([0, 1, 2], [1, null, 3]), curve([0, 1, 2], [5, 5, 5])]).mean.y).toEqual([3, 5, 4])
    expect(banded([curve([0, 1], [null, 1])]).mean.y).toEqual([null, 1])
  })

  it('sorts curves whose x falls back, and is empty for none', () => {
    expect(banded([curve([2, 0], [2, 0])]).mean).toMatchObject({ x: [0, 2], y: [0, 2] })
    expect(banded([]).mean.x).toEqual([])
  })
})

describe('byGroup', () => {
  it('makes one line of each group and says of how many', () => {
    const found = byGroup([
      { group: 'adam', line: line('a', curve([0], [1])) },
      { group: 'sgd', line: line('b', curve([0], [7])) },
      { group: 'adam', line: line('c', curve([0], [3])) },
    ])
    expect(found.map(({ name, curve: { y }, band }) => [name, y, band?.high.y])).toEqual([['adam (2)', [2], [3]], ['sgd (1)', [7], [7]]])
  })
})

describe('thinned', () => {
  it('keeps the first and the last', () => {
    expect(thinned([1, 2, 3, 4, 5], 3)).toEqual([1, 3, 5])
    expect(thinned([1, 2], 3)).toEqual([1, 2])
  })
})
