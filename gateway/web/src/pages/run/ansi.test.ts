import { describe, expect, it } from 'vitest'
import { pieces, plain } from './ansi'

const ESC = '\u001b'

describe('pieces', () => {
  it('keeps a plain line whole', () => {
    expect(pieces('loss 0.1')).toEqual([{ text: 'loss 0.1', className: '', color: null }])
  })

  it('colours and thickens until it is reset', () => {
    const found = pieces(`${ESC}[1;31mbad${ESC}[0m fine`)
    expect(found.map(({ text, className }) => [text, className])).toEqual([['bad', 'ansi-bold'], [' fine', '']])
    expect(found[0]?.color).not.toBeNull()
    expect(found[1]?.color).toBeNull()
  })

  it('knows 256 colours and true colours', () => {
    expect(pieces(`${ESC}[38;5;196mx`)[0]?.color).toBe('rgb(255 0 0)')
    expect(pieces(`${ESC}[38;2;1;2;3mx`)[0]?.color).toBe('rgb(1 2 3)')
  })

  it('a background with numbers that look like colours changes nothing else', () => {
    expect(pieces(`${ESC}[48;5;31mx`)[0]).toMatchObject({ className: '', color: null })
  })

  it('lets nothing but colours through', () => {
    expect(plain(`${ESC}[2K${ESC}[1Aprogress ${ESC}]0;title${String.fromCharCode(7)}done`)).toBe('progress done')
    expect(pieces(`${ESC}[2K`)).toEqual([])
  })

  it('no colour of a stranger is more than a number', () => {
    expect(pieces(`${ESC}[38;2;999;;x1mtext`).map(({ color }) => color)).toEqual([null])
  })
})
