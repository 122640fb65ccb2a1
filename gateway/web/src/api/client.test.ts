import { expect, it } from 'vitest'
import { asking, at } from './client'

it('names become parts of a path, whatever is in them', () => {
  expect(at`/teams/${'a/b?c#d'}/members/${'é %'}`).toBe('/teams/a%2Fb%3Fc%23d/members/%C3%A9%20%25')
  expect(at`/teams`).toBe('/teams')
})

it('a question has only what was asked', () => {
  expect(asking({ limit: 5, cursor: null, filters: undefined, q: '' })).toBe('?limit=5')
  expect(asking({})).toBe('')
})
