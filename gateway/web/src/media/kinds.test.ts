import { describe, expect, it } from 'vitest'
import type { Value } from '../api/projects'
import { boxesOf, indexAt, isMedia, isTable, keysOfKind, mediaOf, tableOf } from './kinds'

describe('mediaOf', () => {
  it('reads one picture with what lies over it', () => {
    const value = {
      _type: 'image-file', path: 'media/images/a.png', caption: 'a cat',
      boxes: { truth: { _type: 'boxes2D', path: 'media/metadata/boxes2D/a.json' } }, masks: { sky: { _type: 'mask', path: 'media/images/mask/a.png' } },
    }
    expect(mediaOf(value)).toEqual([
      { kind: 'image', type: 'image-file', path: 'media/images/a.png', caption: 'a cat', boxes: [['truth', 'media/metadata/boxes2D/a.json']], masks: [['sky', 'media/images/mask/a.png']] },
    ])
  })

  it('reads many pictures, each with its caption', () => {
    const value = { _type: 'images/separated', filenames: ['a.png', 'b.png'], captions: ['one', 'two'], all_masks: [null, { m: { path: 'm.png' } }] }
    expect(mediaOf(value).map(({ path, caption, masks }) => [path, caption, masks.length])).toEqual([['a.png', 'one', 0], ['b.png', 'two', 1]])
  })

  it('reads lists of sounds, films and pages', () => {
    expect(mediaOf({ _type: 'audio', audio: [{ _type: 'audio-file', path: 'a.wav' }], captions: ['hum'] })).toMatchObject([{ kind: 'audio', path: 'a.wav', caption: 'hum' }])
    expect(mediaOf({ _type: 'videos', videos: [{ path: 'a.mp4' }] })).toMatchObject([{ kind: 'video', path: 'a.mp4' }])
    expect(mediaOf({ _type: 'html', html: [{ path: 'a.html' }] })).toMatchObject([{ kind: 'html', path: 'a.html' }])
  })

  it('offers what it cannot show for download', () => {
    expect(mediaOf({ _type: 'molecule-file', path: 'a.pdb' })).toMatchObject([{ kind: 'other', type: 'molecule-file' }])
  })

  it.each([[null], ['media/a.png'], [{ path: 'a.png' }], [{ _type: 'image-file', path: 3 }], [{ _type: 'images/separated', filenames: 'a' }]])('%j is none', (value) => {
    expect(mediaOf(value)).toEqual([])
  })
})

describe('keysOfKind', () => {
  it('takes keys of the summary, nested ones too, and of the history', () => {
    const summary = { loss: 1, val: { samples: { _type: 'image-file', path: 'a.png' } }, preds: { _type: 'table-file', path: 't' } }
    expect(keysOfKind(summary, { clip: { _type: 'video-file', path: 'v' } }, isMedia)).toEqual(['clip', 'val.samples'])
    expect(keysOfKind(summary, {}, isTable)).toEqual(['preds'])
  })
})

describe('tableOf', () => {
  it('knows how many rows there were', () => {
    expect(tableOf({ _type: 'table-file', path: 'media/table/t.table.json', nrows: 20000, artifact_path: 'x' })).toEqual({ path: 'media/table/t.table.json', rows: 20000, artifact: 'x' })
    expect(tableOf({ _type: 'table-file' })).toBeNull()
  })
})

describe('indexAt', () => {
  it.each([
    [null, 2], [5, 0], [10, 0], [19, 0], [20, 1], [99, 2],
  ])('step %s of 10, 20, 30 is number %s', (step, index) => expect(indexAt([10, 20, 30], step)).toBe(index))
})

describe('boxesOf', () => {
  it('has shares of the picture, whatever the corners are given in', () => {
    const document: Value = {
      class_labels: { 1: 'cat' },
      box_data: [
        { position: { minX: 0.1, maxX: 0.3, minY: 0.2, maxY: 0.6 }, class_id: 1 },
        { position: { middle: [50, 40], width: 20, height: 40 }, domain: 'pixel', class_id: 2, box_caption: 'dog 0.9' },
        { position: { minX: 'left' } },
      ],
    }
    const [first, second, ...more] = boxesOf(document, { width: 100, height: 80 })
    expect(first).toMatchObject({ left: 0.1, top: 0.2, label: 'cat', group: 1 })
    expect(first?.width).toBeCloseTo(0.2)
    expect(second).toEqual({ left: 0.4, top: 0.25, width: 0.2, height: 0.5, label: 'dog 0.9', group: 2 })
    expect(more).toEqual([])
  })
})
