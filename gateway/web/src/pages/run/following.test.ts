import { expect, it } from 'vitest'
import { joined, MOST, readAfter, REWRITTEN, type Log } from './following'

const lines = (from: number, to: number, text = 'line'): Log['items'] =>
  Array.from({ length: to - from }, (_, index) => ({ number: from + index, timestamp: null, level: null, label: null, line: `${text} ${from + index}` }))

it('an unknown or empty console is read from its end', () => {
  expect(readAfter(undefined)).toBeNull()
  expect(readAfter({ items: [], total: 0 })).toBeNull()
})

it('only the last lines are read again, which may have been rewritten', () => {
  const known = { items: lines(0, 1000), total: 1000 }
  const after = readAfter(known)
  expect(after).toBe(999 - REWRITTEN)
  const log = joined(known, 799, { items: lines(800, 1005, 'new'), total: 1005 })
  expect(log?.total).toBe(1005)
  expect(log?.items).toHaveLength(1005)
  expect(log?.items[799]?.line).toBe('line 799')
  expect(log?.items[800]?.line).toBe('new 800')
})

it('a short one is read from its beginning', () => {
  expect(readAfter({ items: lines(0, 3), total: 3 })).toBe(-1)
})

it('only so many lines are kept', () => {
  const known = { items: lines(0, MOST), total: MOST }
  const log = joined(known, MOST - 201, { items: lines(MOST - 200, MOST + 50), total: MOST + 50 })
  expect(log?.items).toHaveLength(MOST)
  expect(log?.items[0]?.number).toBe(50)
})

it('a gap, or a log that has become shorter, is no continuation', () => {
  const known = { items: lines(0, 300), total: 300 }
  expect(joined(known, 99, { items: lines(100, 400), total: 90_000 })).toBeNull()
  expect(joined(known, 99, { items: lines(100, 120), total: 120 })).toBeNull()
})
