/** How long keys live. Pure. */
export type Lifetime = 'never' | 'month' | 'quarter' | 'year'

const DAYS: Record<Exclude<Lifetime, 'never'>, number> = { month: 30, quarter: 90, year: 365 }

export function until(lifetime: Lifetime, now: Date): string | null {
  return lifetime === 'never' ? null : new Date(now.getTime() + DAYS[lifetime] * 86_400_000).toISOString()
}
