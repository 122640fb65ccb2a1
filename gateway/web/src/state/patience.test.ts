import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { afterwards, Newcomers } from './patience'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('tries come ever more rarely, but go on', () => {
  expect([0, 1, 2, 10].map((failures) => afterwards(failures, 1))).toEqual([1000, 2000, 4000, 30_000])
  expect(afterwards(3, 0)).toBe(4000)
})

it('fifty that log each second cost few questions', () => {
  const ask = vi.fn(() => true)
  const newcomers = new Newcomers(ask)
  for (let second = 0; second < 59; second += 1) {
    for (let run = 0; run < 50; run += 1) newcomers.seen(`run-${run}`)
    vi.advanceTimersByTime(1000)
  }
  expect(ask).toHaveBeenCalledTimes(1)
})

it('who is new is asked for at once, more of them a little later', () => {
  const ask = vi.fn(() => true)
  const newcomers = new Newcomers(ask)
  newcomers.seen('one')
  vi.advanceTimersByTime(1)
  expect(ask).toHaveBeenCalledTimes(1)
  newcomers.seen('two')
  newcomers.seen('three')
  vi.advanceTimersByTime(2000)
  expect(ask).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1000)
  expect(ask).toHaveBeenCalledTimes(2)
})

it('an answer on its way may be too old', () => {
  const ask = vi.fn(() => false).mockReturnValueOnce(false).mockReturnValue(true)
  const newcomers = new Newcomers(ask)
  newcomers.seen('one')
  vi.advanceTimersByTime(1)
  vi.advanceTimersByTime(3000)
  expect(ask).toHaveBeenCalledTimes(2)
})

it('what may have come to match is asked for again after a while', () => {
  const ask = vi.fn(() => true)
  const newcomers = new Newcomers(ask)
  newcomers.seen('one')
  vi.advanceTimersByTime(61_000)
  newcomers.seen('one')
  vi.advanceTimersByTime(1)
  expect(ask).toHaveBeenCalledTimes(2)
  newcomers.stop()
})
