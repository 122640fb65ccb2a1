import { expect, it } from 'vitest'
import { until } from '../pages/settings/lifetimes'
import { ago, bytes, duration } from './times'

const NOON = new Date('2026-01-01T12:00:00Z')
const before = (seconds: number) => new Date(NOON.getTime() - seconds * 1000)

it.each([
  [0, 'now'], [59, '59 seconds ago'], [3600, '1 hour ago'], [2 * 86_400, '2 days ago'], [-600, 'in 10 minutes'],
])('%s seconds ago is "%s"', (seconds, text) => expect(ago(before(seconds), NOON, 'en')).toBe(text))

it('is said in French, too', () => expect(ago(before(3600), NOON, 'fr')).toBe('il y a 1 heure'))

it.each([
  [0, '0s'], [61_000, '1m 01s'], [3_600_000, '1h 00m'], [90_000_000, '1d 01h'],
])('%s ms lasts %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text))

it.each([
  [0, '0 B'], [999, '999 B'], [1500, '1.5 kB'], [123_456_789, '123 MB'],
])('%s bytes are %s', (size, text) => expect(bytes(size)).toBe(text))

it('a key lives as long as was chosen', () => {
  expect(until('month', NOON)).toBe('2026-01-31T12:00:00.000Z')
  expect(until('never', NOON)).toBeNull()
})
