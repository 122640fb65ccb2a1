import { expect, it } from 'vitest'
import type { Run } from '../../api/projects'
import type { Parameter } from '../../api/sweeps'
import { axesOf, tried } from './parallel'

const run = (name: string, config: Run['config'], loss?: number | string): Run => ({ name, config, summary: loss === undefined ? {} : { loss } }) as Run
const parameter = (path: string, distribution: string, values: Parameter['values'] = []): Parameter => ({ path, distribution, values, low: null, high: null })

it('what is constant gets no axis, and a sweep without a value none at all', () => {
  const parameters = [parameter('x', 'uniform'), parameter('seed', 'constant', [1])]
  expect(axesOf(parameters, 'loss', [run('a', { x: 1, seed: 1 }, 2)]).map(({ column }) => column)).toEqual(['config.x', 'summary.loss'])
  expect(axesOf(parameters, 'loss', [run('a', { x: 1, seed: 1 })])).toEqual([])
})

it('choices stand in the order of the sweep, numbers by their size where the search goes by it', () => {
  const parameters = [parameter('lr', 'log_uniform_values'), parameter('width', 'categorical', [64, 16])]
  const runs = [run('a', { lr: 0.001, width: 16 }, 1), run('b', { lr: 0.1, width: 64 }, 2)]
  const [lr, width] = axesOf(parameters, 'loss', runs)
  expect(lr?.place(0.01)).toBeCloseTo(0.5)
  expect([64, 16].map((value) => width?.place(value))).toEqual([0, 1])
})

it('the best is drawn last, and who has no value is not drawn', () => {
  const parameters = [parameter('model.depth', 'categorical', [1, 2])]
  const runs = [run('best', { model: { depth: 1 } }, 0.1), run('worst', { model: { depth: 2 } }, 0.9), run('none', { model: { depth: 2 } }), run('odd', { model: { depth: 1 } }, 'NaN')]
  const axes = axesOf(parameters, 'loss', runs)
  const found = tried(axes, false, runs)
  expect(found.map((way) => [way.run.name, way.merit])).toEqual([['worst', 0], ['best', 1]])
  expect(found[1]?.places).toEqual([0, 0])
  expect(tried(axes, true, runs).at(-1)?.run.name).toBe('worst')
})
