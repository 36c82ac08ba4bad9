/** The answers of the economies as a matrix of persons and economies. */
import type { ProgressRow } from '../../api/schema'

export const OUTCOMES = ['approved', 'refused', 'locked', 'pending'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** A sign of each outcome, always beside its word: colours alone are not enough. */
export const SIGNS: Record<Outcome, string> = { approved: '✓', refused: '✕', locked: '■', pending: '…' }

/** The outcome of each economy that was asked about a person, by name. */
export function outcomesOf(row: ProgressRow): ReadonlyMap<string, Outcome> {
  return new Map(OUTCOMES.flatMap((outcome) => row[outcome].map((economy) => [economy, outcome] as const)))
}

/** The economies that occur in any row: in the usual order, unknown ones at the end. */
export function economiesOf(rows: readonly ProgressRow[], order: readonly string[]): string[] {
  const found = new Set(rows.flatMap((row) => OUTCOMES.flatMap((outcome) => row[outcome])))
  return [...order.filter((economy) => found.delete(economy)), ...found]
}

/** How many economies of a row have each outcome; outcomes without any are left out. */
export function countsOf(row: ProgressRow): { outcome: Outcome; count: number }[] {
  return OUTCOMES.map((outcome) => ({ outcome, count: row[outcome].length })).filter(({ count }) => count > 0)
}
