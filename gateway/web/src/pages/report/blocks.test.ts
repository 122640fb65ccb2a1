import { expect, it } from 'vitest'
import { aChart, aText, moved, reportIdOf, someCharts, tidied, titleOf, unfinished } from './blocks'

it('parts move as far as there is room', () => {
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
})

it('empty texts are not published', () => {
  expect(tidied([aText(' \n'), aText('x'), someCharts('loss', null)]).length).toBe(2)
})

it('charts need a metric and, where runs are chosen, a run', () => {
  expect(unfinished([someCharts(undefined, null)])).toBe(true)
  expect(unfinished([someCharts('loss', [])])).toBe(true)
  expect(unfinished([{ ...someCharts('loss', null), charts: [] }])).toBe(true)
  expect(unfinished([someCharts('loss', null), someCharts('loss', ['r1']), aText()])).toBe(false)
  expect(unfinished([{ ...someCharts(undefined, []), kept: 3 }])).toBe(false)
})

it('a chart without a title is called by its metrics', () => {
  expect(titleOf({ ...aChart('loss'), metrics: ['loss', 'val/loss'] })).toBe('loss, val/loss')
  expect(titleOf({ ...aChart('loss'), title: 'Both' })).toBe('Both')
})

it('the addresses that the SDK prints lead to the report', () => {
  const id = '01jabc'
  expect(reportIdOf(`A-title--with-dashes--${btoa(`View:${id}`).replaceAll('=', '')}`)).toBe(id)
  expect(reportIdOf(id)).toBe(id)
  expect(reportIdOf('%%%')).toBe('%%%')
})
