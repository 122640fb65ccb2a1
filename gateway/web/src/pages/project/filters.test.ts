import { describe, expect, it } from 'vitest'
import { clausesIn, NO_FILTER, parse, print, toServer, typed, type Clause, type Filter } from './filters'

const filter = (match: Filter['match'], ...clauses: [string, Clause['op'], string][]): Filter => ({
  match,
  clauses: clauses.map(([field, op, value]) => ({ field, op, value })),
})

describe('an address', () => {
  it('says a filter and gives it back', () => {
    const it = filter('any', ['state', 'eq', 'failed'], ['config.lr', 'gt', '0.1'])
    expect(parse(print(it))).toEqual(it)
  })

  it.each([null, '', 'x', '[]', '["all",["state","drop table",1]]', '{"a":1}'])('that says %s filters nothing', (text) => {
    expect(parse(text)).toEqual(NO_FILTER)
  })

  it('says groups within groups', () => {
    const inner = filter('any', ['state', 'eq', 'failed'], ['all', 'eq', 'x'])
    const it: Filter = { match: 'all', clauses: [{ field: 'config.lr', op: 'gt', value: '0.1' }, inner, { match: 'all', clauses: [inner] }] }
    expect(parse(print(it))).toEqual(it)
    expect(clausesIn(it)).toBe(5)
  })

  it('says nothing of what lies too deep', () => {
    const deep = '["all",'.repeat(40) + '["state","eq","x"]' + ']'.repeat(40)
    expect(clausesIn(parse(deep))).toBe(0)
  })

  it('is not needed for no filter', () => expect(print(NO_FILTER)).toBeNull())
})

describe('the server is asked', () => {
  const asked = (given: Filter, name?: string): unknown => JSON.parse(toServer(given, name) ?? 'null')

  it('nothing without conditions', () => expect(toServer(NO_FILTER, '  ')).toBeUndefined())

  it('for a field of the run as text, for a value of the config as what it is', () => {
    expect(asked(filter('all', ['group', 'eq', '7']))).toEqual({ group: '7' })
    expect(asked(filter('all', ['config.lr', 'gte', '0.1']))).toEqual({ 'config.lr': { $gte: 0.1 } })
  })

  it('for the summary by the name that the SDK uses', () => {
    expect(asked(filter('all', ['summary.val/loss', 'lt', '1']))).toEqual({ 'summary_metrics.val/loss': { $lt: 1 } })
  })

  it('for all or for one', () => {
    const both: [string, 'eq', string][] = [['state', 'eq', 'failed'], ['state', 'eq', 'crashed']]
    expect(asked(filter('all', ...both))).toEqual({ $and: [{ state: 'failed' }, { state: 'crashed' }] })
    expect(asked(filter('any', ...both))).toEqual({ $or: [{ state: 'failed' }, { state: 'crashed' }] })
  })

  it('for groups within groups, without those in which nothing is finished', () => {
    const [some, none] = [filter('any', ['state', 'eq', 'failed'], ['tags', 'eq', 'x']), filter('any', ['state', 'eq', ''])]
    expect(asked({ match: 'all', clauses: [{ field: 'config.lr', op: 'gt', value: '1' }, some, none] })).toEqual({
      $and: [{ 'config.lr': { $gt: 1 } }, { $or: [{ state: 'failed' }, { tags: 'x' }] }],
    })
  })

  it('for a part of the name literally, beside everything else', () => {
    expect(asked(filter('any', ['state', 'eq', 'failed'], ['tags', 'eq', 'x']), 'a.b')).toEqual({
      $and: [{ $or: [{ state: 'failed' }, { tags: 'x' }] }, { displayName: { $regex: '(?i)a\\.b' } }],
    })
  })

  it('nothing about a condition that is not finished', () => expect(toServer(filter('all', ['config.lr', 'gt', '']))).toBeUndefined())

  it('for a list and for being there', () => {
    expect(asked(filter('all', ['config.bs', 'in', '16, 32']))).toEqual({ 'config.bs': { $in: [16, 32] } })
    expect(asked(filter('all', ['config.bs', 'exists', '']))).toEqual({ 'config.bs': { $exists: true } })
  })
})

describe('typed', () => {
  it.each([
    ['1e-3', 0.001], ['true', true], ['null', null], ['"7"', '7'], ['adam', 'adam'], ['', ''],
  ])('%s', (text, value) => expect(typed(text)).toBe(value))
})
