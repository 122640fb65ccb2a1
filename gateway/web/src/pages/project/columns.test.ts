import { describe, expect, it } from 'vitest'
import type { Run, Values } from '../../api/projects'
import { csv, defaults, flat, lasted, metricsOf, orderOf, parseWidths, pinnedFirst, printWidths, staying, valueOf } from './columns'

const run = (given: Partial<Run>): Run =>
  ({ name: 'r', display_name: 'r', state: 'finished', tags: [], config: {}, summary: {}, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', heartbeat_at: null, ...given }) as Run

describe('flat', () => {
  it('names nested values by dots, and leaves media and the SDK’s own keys alone', () => {
    const values: Values = { model: { depth: 50, head: { dim: 8 } }, image: { _type: 'image-file', path: 'x' }, _wandb: { t: 1 }, _step: 3, list: [1] }
    expect([...flat(values)]).toEqual([['model.depth', 50], ['model.head.dim', 8], ['image', values.image], ['list', [1]]])
  })
})

describe('valueOf', () => {
  it('finds a key with dots, nested or not', () => {
    expect(valueOf(run({ config: { 'a.b': 1 } }), 'config.a.b')).toBe(1)
    expect(valueOf(run({ config: { a: { b: { c: 2 } } } }), 'config.a.b.c')).toBe(2)
    expect(valueOf(run({ config: { 'a.b': { c: 3 } } }), 'config.a.b.c')).toBe(3)
    expect(valueOf(run({}), 'config.absent')).toBeUndefined()
  })
})

describe('metricsOf', () => {
  it('counts NaN as a number, and texts as none', () => {
    expect(metricsOf([run({ summary: { loss: 'NaN', acc: 0.5, note: 'hello', _runtime: 3 } })])).toEqual(['acc', 'loss'])
  })
})

it('columns are ordered by what the server knows', () => {
  expect(orderOf('summary.val/loss')).toBe('summary_metrics.val/loss')
  expect(orderOf('config.lr')).toBe('config.lr')
  expect(orderOf('tags')).toBeNull()
})

it('widths in the address are those that were drawn; what is none is left out', () => {
  const drawn = { name: 300, 'summary.a*b': 61 }
  expect(parseWidths(printWidths(drawn))).toEqual(drawn)
  expect(parseWidths('state*1e9|x*9|*200|loss*NaN|lr|acc*90')).toEqual({ acc: 90 })
  expect(printWidths({ state: 12.4, loss: 99_999 })).toBe('state*60|loss*2000')
  expect(parseWidths(null)).toEqual({})
})

it('pinned columns come first, in the order in which they were pinned', () => {
  expect(pinnedFirst(['a', 'b', 'c'], ['c', 'gone', 'b'])).toEqual(['c', 'b', 'a'])
})

it.each([[400, 3], [399, 2], [99, 0]])('in %s pixels so many of the pinned ones stay in sight: %s', (room, count) => {
  expect(staying([100, 200, 100, 50], 3, room)).toBe(count)
})

it('a table begins with the usual columns and some metrics', () => {
  expect(defaults([run({ summary: { b: 1, a: 2 } })]).slice(-2)).toEqual(['summary.a', 'summary.b'])
})

it('a run lasted until its last sign of life', () => {
  expect(lasted(run({ heartbeat_at: '2026-01-01T00:01:00Z' }))).toBe(60_000)
})

describe('csv', () => {
  it('quotes what needs it, and makes no formulas', () => {
    const text = csv([run({ name: '=1+1', config: { note: 'a "b", c', lr: -0.5 } })], ['config.note', 'config.lr'])
    expect(text).toBe('run,config.note,config.lr\r\n\'=1+1,"a ""b"", c",-0.5\r\n')
  })
})
