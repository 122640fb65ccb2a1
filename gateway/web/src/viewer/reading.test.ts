import { expect, it } from 'vitest'
import { cloudOf, read } from './reading'

const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer

it('numbers that JSON has no word for are none, and texts that look like them stay', () => {
  expect(read(bytes('{"x": [NaN, -Infinity, 1], "name": "NaN \\" Infinity"}'))).toEqual({ x: [null, null, 1], name: 'NaN " Infinity' })
})

it('points have a place, and a colour by category, by mixture or by default', () => {
  const { places, colors } = cloudOf([[1, 2, 3], [4, 5, 6, 2], [7, 8, 9, 255, 0, 51], ['no', 0, 0], [0, null, 0]])
  expect([...places]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(colors).toHaveLength(9)
  expect([...colors.slice(6)].map((part) => Math.round(part * 255))).toEqual([255, 0, 51])
  expect(colors.slice(3, 6)).not.toEqual(colors.slice(0, 3))
})

it('a scene has boxes of twelve edges, and vectors', () => {
  const corners = [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z) => [x, y, z])))
  const { lines, places } = cloudOf({ type: 'lidar/beta', points: [[0, 0, 0]], boxes: [{ corners, color: [255, 0, 0] }, { corners: [] }], vectors: [{ start: [0, 0, 0], end: [1, 1, 1] }] })
  expect(places).toHaveLength(3)
  expect(lines).toHaveLength((12 + 1) * 2 * 3)
  // Every edge of a cube goes along one axis.
  for (let edge = 0; edge < 12; edge += 1) {
    const [a, b] = [[...lines.slice(edge * 6, edge * 6 + 3)], [...lines.slice(edge * 6 + 3, edge * 6 + 6)]]
    expect(a.filter((part, axis) => part !== b[axis])).toHaveLength(1)
  }
})

it.each([[null], [3], ['text'], [{ points: 'none', boxes: [4], vectors: [[]] }]])('what is no cloud has no points: %s', (document) => {
  expect(cloudOf(document).places).toHaveLength(0)
})
