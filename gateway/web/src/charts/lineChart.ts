/** Lines on a canvas: the only file that knows uPlot. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { clipped, short, type Aligned } from './series'

export interface Look {
  text: string
  grid: string
  font: string
}

export interface Drawing {
  aligned: Aligned
  /** What stands behind smoothed lines, faintly; as many as there are lines, or none. */
  raw: Aligned['ys']
  /** What lies around lines, by their index: from the lowest to the highest. */
  bands: { line: number; low: Aligned['ys'][number]; high: Aligned['ys'][number] }[]
  names: string[]
  colors: string[]
  logarithmic: boolean
  /** The same, of x. */
  sizes: boolean
  clip: boolean
  /** x is Unix seconds. */
  moments: boolean
  range: [number, number] | null
  look: Look
}

export interface Hover {
  x: number
  left: number
  top: number
  nearest: number
  values: (number | null | undefined)[]
}

export interface Listening {
  onHover: (hover: Hover | null) => void
  onZoom: (range: [number, number] | null) => void
}

export interface LineChart {
  draw: (drawing: Drawing) => void
  resize: (width: number, height: number) => void
  destroy: () => void
}

const NARROWEST_ZOOM_PX = 6

export function lineChart(host: HTMLElement, width: number, height: number, sync: string, listening: Listening): LineChart {
  let plot: uPlot | null = null
  let drawn: Drawing | null = null
  let size = { width, height }

  const build = (drawing: Drawing): void => {
    plot?.destroy()
    plot = new uPlot(options(drawing, size, sync, listening), dataOf(drawing), host)
  }
  return {
    draw(drawing) {
      const before = drawn
      drawn = drawing
      if (plot === null || before === null || !sameShape(before, drawing)) return build(drawing)
      plot.setData(dataOf(drawing), true)
      if (drawing.range) plot.setScale('x', { min: drawing.range[0], max: drawing.range[1] })
    },
    resize(width, height) {
      size = { width, height }
      plot?.setSize(size)
    },
    destroy() {
      plot?.destroy()
      plot = null
    },
  }
}

function dataOf(drawing: Drawing): uPlot.AlignedData {
  return [drawing.aligned.x, ...drawing.raw, ...drawing.bands.flatMap(({ low, high }) => [low, high]), ...drawing.aligned.ys] as uPlot.AlignedData
}

/** Whether new data in the old plot is enough. */
function sameShape(one: Drawing, other: Drawing): boolean {
  const shape = ({ names, colors, logarithmic, sizes, clip, moments, look, raw, bands, range }: Drawing) =>
    JSON.stringify([names, colors, logarithmic, sizes, clip, moments, look, raw.length, bands.map(({ line }) => line), range])
  return shape(one) === shape(other)
}

function options(drawing: Drawing, size: { width: number; height: number }, sync: string, listening: Listening): uPlot.Options {
  const { look, names, colors, raw, bands } = drawing
  const behind = raw.length + 1
  const axis: uPlot.Axis = {
    stroke: look.text,
    font: look.font,
    grid: { stroke: look.grid, width: 1 },
    ticks: { stroke: look.grid, width: 1, size: 4 },
  }
  const line = (name: string, color: string, faint: boolean): uPlot.Series => ({
    label: name,
    stroke: faint ? `${color}40` : color,
    width: faint ? 1 : 1.6,
    points: { show: (plot, index) => visiblePoints(plot, index) === 1 },
  })
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } }
  return {
    ...size,
    bands: bands.map(({ line: index }, at) => ({ series: [behind + 2 * at + 1, behind + 2 * at], fill: `${colors[index] ?? '#888888'}2e` })),
    series: [
      {},
      ...raw.map((_, index) => line(names[index] ?? '', colors[index] ?? '#888888', true)),
      ...bands.flatMap(() => [edge, edge]),
      ...names.map((name, index) => line(name, colors[index] ?? '#888888', false)),
    ],
    scales: { x: xScale(drawing), y: yScale(drawing) },
    axes: [
      { ...axis, space: 70, size: 30, ...(drawing.moments ? {} : { values: (_, ticks) => ticks.map(short) }) },
      { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : short(tick))) },
    ],
    legend: { show: false },
    cursor: {
      sync: { key: sync, scales: ['x', null] },
      drag: { x: true, y: false, setScale: false, dist: NARROWEST_ZOOM_PX },
      points: { size: 6 },
      bind: { dblclick: () => () => { listening.onZoom(null); return null } },
    },
    hooks: {
      setCursor: [(plot) => listening.onHover(hoverOf(plot, raw.length + 2 * bands.length))],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width < NARROWEST_ZOOM_PX) return
          listening.onZoom([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')])
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
}

function visiblePoints(plot: uPlot, index: number): number {
  return Array.from(plot.data[index] ?? []).filter((value) => typeof value === 'number').length
}

function xScale(drawing: Drawing): uPlot.Scale {
  const { range, sizes } = drawing
  return { time: drawing.moments && !sizes, ...(sizes ? { distr: 3 as const } : {}), ...(range ? { range: () => range } : {}) }
}

function yScale(drawing: Drawing): uPlot.Scale {
  if (drawing.logarithmic) return { distr: 3 }
  const bounds = drawing.clip ? clipped([...drawing.aligned.ys, ...drawing.bands.flatMap(({ low, high }) => [low, high])]) : null
  return bounds ? { range: () => bounds } : {}
}

function hoverOf(plot: uPlot, behind: number): Hover | null {
  const { idx, left, top } = plot.cursor
  if (idx === null || idx === undefined || left === undefined || top === undefined || left < 0) return null
  const x = plot.data[0][idx]
  if (x === undefined) return null
  const values = plot.data.slice(1 + behind).map((row) => valueNear(row, idx))
  let nearest = -1
  let distance = Infinity
  values.forEach((value, index) => {
    if (typeof value !== 'number') return
    const away = Math.abs(plot.valToPos(value, 'y') - top)
    if (away < distance) [nearest, distance] = [index, away]
  })
  return { x, left, top, nearest, values }
}

const REACH = 50

/** The line's value at this x, or at the closest x before or after where it has one. */
function valueNear(row: ArrayLike<number | null | undefined>, index: number): number | null | undefined {
  for (let away = 0; away < REACH; away += 1) {
    const found = row[index - away] ?? row[index + away]
    if (found !== undefined && found !== null) return found
    if (row[index] === null) return null
  }
  return undefined
}
