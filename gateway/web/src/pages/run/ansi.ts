/** Colours in console lines: escape sequences read into pieces of text. Pure. */

export interface Piece {
  text: string
  className: string
  color: string | null
}

interface Style {
  color: string | null
  classes: Set<string>
}

const BASIC = ['#8b98a6', '#ff7b86', '#67d391', '#e8c268', '#74b0ff', '#d59bff', '#59cfdf', '#e6ebf0']
const BRIGHT = ['#aab6c2', '#ffa0a8', '#8fe8b0', '#ffdc8a', '#9dc8ff', '#e5bcff', '#8be6f0', '#ffffff']
const CLASSES: Record<number, string> = { 1: 'ansi-bold', 2: 'ansi-dim', 3: 'ansi-italic', 4: 'ansi-underline' }

// eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
const SEQUENCE = /\u001b\[([0-9;]*)([A-Za-z])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[()][A-Z0-9]/g

/** A line in pieces that look alike. Sequences that move a cursor are left out. */
export function pieces(line: string): Piece[] {
  const found: Piece[] = []
  let style: Style = { color: null, classes: new Set() }
  let from = 0
  const add = (text: string) => {
    if (text !== '') found.push({ text, className: [...style.classes].join(' '), color: style.color })
  }
  for (const match of line.matchAll(SEQUENCE)) {
    add(line.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') style = styled(style, (match[1] ?? '').split(';').map(Number))
  }
  add(line.slice(from))
  return found
}

function styled(before: Style, codes: number[]): Style {
  const style: Style = { color: before.color, classes: new Set(before.classes) }
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 0) {
      style.color = null
      style.classes.clear()
    } else if (CLASSES[code]) style.classes.add(CLASSES[code])
    else if (code === 22) ['ansi-bold', 'ansi-dim'].forEach((name) => style.classes.delete(name))
    else if (code === 23) style.classes.delete('ansi-italic')
    else if (code === 24) style.classes.delete('ansi-underline')
    else if (code >= 30 && code <= 37) style.color = BASIC[code - 30] ?? null
    else if (code >= 90 && code <= 97) style.color = BRIGHT[code - 90] ?? null
    else if (code === 39) style.color = null
    else if (code === 38 || code === 48) {
      const [color, used] = extended(codes.slice(index + 1))
      if (code === 38) style.color = color
      index += used
    }
  }
  return style
}

/** `5;n` of 256 colours, or `2;r;g;b`. */
function extended(codes: number[]): [string | null, number] {
  if (codes[0] === 5) return [indexed(codes[1] ?? 0), 2]
  if (codes[0] === 2) return [`rgb(${codes.slice(1, 4).map((part) => Math.min(255, part || 0)).join(' ')})`, 4]
  return [null, 0]
}

function indexed(index: number): string | null {
  if (index < 8) return BASIC[index] ?? null
  if (index < 16) return BRIGHT[index - 8] ?? null
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return `rgb(${grey} ${grey} ${grey})`
  }
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40)
  const cube = index - 16
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`
}

/** The line without its colours, for searching and copying. */
export const plain = (line: string): string => line.replace(SEQUENCE, '')
