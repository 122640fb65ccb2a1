import { describe, expect, it } from 'vitest'
import { columnsIn, parsePanels, printPanels, titleOf, type Panel } from './panels'

const ALL: Panel[] = [
  { kind: 'line', x: '_runtime', metrics: ['loss', 'val/loss'] },
  { kind: 'bar', y: 'summary.loss' },
  { kind: 'scatter', x: 'config.lr', y: 'summary.loss', color: '' },
  { kind: 'parallel', columns: ['config.lr', 'config.bs', 'summary.loss'] },
  { kind: 'histogram', key: 'weights' },
  { kind: 'media', key: 'samples' },
  { kind: 'table', key: 'guesses' },
]

describe('an address', () => {
  it('says every kind of panel and gives it back', () => expect(parsePanels(printPanels(ALL))).toEqual(ALL))

  it('is not needed for none', () => expect(printPanels([])).toBeNull())

  it.each([null, '', '{', '3', '[3]', '[["line","_step"]]', '[["scatter","config.lr"]]', '[["parallel","config.lr"]]', '[["pie","x"]]', '[["bar",3]]', '[["media",""]]'])(
    'that says %s says no panel', (text) => expect(parsePanels(text)).toEqual([]),
  )
})

it('panels are named by what they show', () => {
  expect(ALL.map(titleOf)).toEqual(['loss, val/loss', 'loss', 'loss / lr', 'lr · bs · loss', 'weights', 'samples', 'guesses'])
})

it('the values that they need are asked for once each', () => {
  expect(columnsIn(ALL)).toEqual(['config.bs', 'config.lr', 'summary.loss'])
})
