/** Files that Python wrote: JSON, but for NaN and the infinities. Pure. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export function read(bytes: ArrayBuffer): Json {
  const text = new TextDecoder().decode(bytes)
  try {
    return JSON.parse(text) as Json
  } catch {
    return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (found) => (found.startsWith('"') ? found : 'null'))) as Json
  }
}

export interface Cloud {
  /** Three numbers for each point, and three from 0 to 1 for its colour. */
  places: Float32Array
  colors: Float32Array
  /** Ends of lines, three numbers each, two ends for a line; and their colours. */
  lines: Float32Array
  lineColors: Float32Array
}

type Triple = [number, number, number]

/** Categories from 1 on, as the SDK numbers them. */
const CATEGORIES: Triple[] = [
  [0.12, 0.47, 0.71], [1, 0.5, 0.05], [0.17, 0.63, 0.17], [0.84, 0.15, 0.16], [0.58, 0.4, 0.74], [0.55, 0.34, 0.29], [0.89, 0.47, 0.76],
  [0.5, 0.5, 0.5], [0.74, 0.74, 0.13], [0.09, 0.75, 0.81], [0.68, 0.78, 0.91], [1, 0.73, 0.47], [0.6, 0.87, 0.54], [1, 0.6, 0.59],
]
const PLAIN: Triple = [0.12, 0.35, 0.6]
/** Corners of a box come as two faces, one behind the other. */
const EDGES = [0, 1, 1, 3, 3, 2, 2, 0, 4, 5, 5, 7, 7, 6, 6, 4, 0, 4, 1, 5, 2, 6, 3, 7]

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])
const isDict = (value: Json | undefined): value is { [key: string]: Json } => value !== null && typeof value === 'object' && !Array.isArray(value)

function triple(value: Json | undefined): Triple | null {
  const [x, y, z] = list(value)
  return typeof x === 'number' && typeof y === 'number' && typeof z === 'number' ? [x, y, z] : null
}

const color = (value: Json | undefined): Triple => {
  const found = triple(value)
  return found ? [found[0] / 255, found[1] / 255, found[2] / 255] : PLAIN
}

/** A list of points, or a scene of points, boxes and vectors. */
export function cloudOf(document: Json): Cloud {
  const scene = isDict(document) ? document : { points: document }
  const [places, colors, lines, lineColors]: number[][] = [[], [], [], []]
  for (const point of list(scene.points)) {
    const place = triple(point)
    if (!place) continue
    const [, , , ...rest] = list(point)
    places?.push(...place)
    colors?.push(...(rest.length >= 3 ? color(rest) : typeof rest[0] === 'number' ? category(rest[0]) : PLAIN))
  }
  const line = (one: Triple, other: Triple, shade: Triple) => {
    lines?.push(...one, ...other)
    lineColors?.push(...shade, ...shade)
  }
  for (const box of list(scene.boxes)) {
    if (!isDict(box)) continue
    const corners = list(box.corners).map(triple)
    for (let at = 0; at < EDGES.length; at += 2) {
      const [one, other] = [corners[EDGES[at] ?? 0], corners[EDGES[at + 1] ?? 0]]
      if (one && other) line(one, other, color(box.color))
    }
  }
  for (const vector of list(scene.vectors)) {
    const [one, other] = isDict(vector) ? [triple(vector.start), triple(vector.end)] : [null, null]
    if (one && other) line(one, other, PLAIN)
  }
  return { places: new Float32Array(places ?? []), colors: new Float32Array(colors ?? []), lines: new Float32Array(lines ?? []), lineColors: new Float32Array(lineColors ?? []) }
}

const category = (number: number): Triple => CATEGORIES[(Math.max(1, Math.round(number)) - 1) % CATEGORIES.length] ?? PLAIN
