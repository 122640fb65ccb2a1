import { expect, it } from 'vitest'
import { backwards, shares } from './retagged'

it('what was new to runs is undone, for those of the same kind together', () => {
  const done = [
    { run: 'a', added: ['good'], removed: ['old'] },
    { run: 'b', added: ['good'], removed: [] },
    { run: 'c', added: ['good'], removed: ['old'] },
  ]
  expect(backwards(done)).toEqual([
    { runs: ['a', 'c'], add: ['old'], remove: ['good'] },
    { runs: ['b'], add: [], remove: ['good'] },
  ])
})

it('tags are counted, in their order', () => {
  expect([...shares([{ tags: ['v10', 'v9'] }, { tags: ['v9'] }])]).toEqual([['v9', 2], ['v10', 1]])
})
