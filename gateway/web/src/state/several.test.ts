import { expect, it } from 'vitest'
import { Problem } from '../api/client'
import { each, queue } from './several'

const names = (count: number) => Array.from({ length: count }, (_, index) => `run-${index}`)

it('one that fails keeps no other from its turn', async () => {
  const tried: string[] = []
  const outcome = await each(names(20), async (name) => {
    tried.push(name)
    if (name === 'run-3') throw new Problem(503, 'Not available at the moment', '')
  }, true)
  expect(tried).toEqual(names(20))
  expect(outcome.failed).toEqual(['run-3'])
  expect(outcome.done).toHaveLength(19)
  expect(outcome.error).toBeInstanceOf(Problem)
})

it('what is gone already counts as done, where it was to go', async () => {
  const gone = () => Promise.reject(new Problem(404, 'Not found', ''))
  expect(await each(names(2), gone, true)).toEqual({ done: names(2), failed: [], error: null })
  expect((await each(names(2), gone, false)).failed).toEqual(names(2))
})

it('only a few travel at once', async () => {
  let [now, most] = [0, 0]
  await each(names(30), async () => {
    now += 1
    most = Math.max(most, now)
    await Promise.resolve()
    now -= 1
  }, true)
  expect(most).toBeLessThanOrEqual(6)
})

it('a queue goes in order, past what fails', async () => {
  const order: string[] = []
  const inTurn = queue()
  const slow = inTurn(() => new Promise<void>((done) => setTimeout(() => { order.push('slow'); done() }, 5)))
  const wrong = inTurn(() => Promise.reject(new Error('no')))
  const last = inTurn(async () => void order.push('last'))
  await expect(wrong).rejects.toThrow('no')
  await Promise.all([slow, last])
  expect(order).toEqual(['slow', 'last'])
})
