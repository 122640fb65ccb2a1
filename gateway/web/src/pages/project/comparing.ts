/** Runs side by side. Pure. */
import type { Run, Value } from '../../api/projects'
import { byName } from '../../charts/series'
import { flat } from './columns'

export interface CompareRow {
  key: string
  values: (Value | undefined)[]
  differs: boolean
  /** Which run has the best value; null where nobody can say, or all are the same. */
  best: number | null
}

const LOWER = /loss|error|err$|perplexity|ppl|latency|duration|mae|mse|rmse|wer|cer|fid/i
const HIGHER = /acc|f1|auc|precision|recall|map|bleu|rouge|reward|score|iou|dice|psnr|ssim|throughput|r2/i

export function rowsOf(runs: readonly Run[], area: 'config' | 'summary'): CompareRow[] {
  const sides = runs.map((run) => flat(run[area]))
  const keys = new Set(sides.flatMap((side) => [...side.keys()]))
  return [...keys].sort(byName).map((key) => {
    const values = sides.map((side) => side.get(key))
    const texts = new Set(values.map((value) => JSON.stringify(value)))
    return { key, values, differs: texts.size > 1, best: area === 'summary' && texts.size > 1 ? bestOf(key, values) : null }
  })
}

function bestOf(key: string, values: (Value | undefined)[]): number | null {
  const lower = LOWER.test(key)
  if (!lower && !HIGHER.test(key)) return null
  let best: number | null = null
  values.forEach((value, index) => {
    if (typeof value !== 'number') return
    const known = best === null ? null : values[best]
    if (typeof known !== 'number' || (lower ? value < known : value > known)) best = index
  })
  return best
}

/** "+12.3 %"; null where there is nothing to say. */
export function delta(value: Value | undefined, base: Value | undefined): string | null {
  if (typeof value !== 'number' || typeof base !== 'number' || base === 0 || value === base) return null
  const share = ((value - base) / Math.abs(base)) * 100
  if (Math.abs(share) < 0.05) return '≈ 0 %'
  const digits = Math.abs(share) >= 10 ? 0 : 1
  return `${share > 0 ? '+' : '−'}${Math.abs(share).toFixed(digits)} %`
}
