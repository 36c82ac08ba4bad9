/** The answers of the economies as a matrix of persons and economies. */
import type { ProgressRow } from '../../api/schema'

export const OUTCOMES = ['approved', 'refused', 'locked', 'pending'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** A sign of each outcome, always beside its word: colours alone are not enough. */
export const SIGNS: Record<Outcome, string> = { approved: '✓', refused: '✕', locked: '■', pending: '…' }

/** The economies of all rows, in the order in which they appear. */
export function economiesOf(rows: readonly ProgressRow[]): string[] {
  return [...new Set(rows.flatMap((row) => OUTCOMES.flatMap((outcome) => row[outcome])))]
}

/** The outcome of an economy for a person. */
export function outcomeOf(row: ProgressRow, economy: string): Outcome {
  return OUTCOMES.find((outcome) => row[outcome].includes(economy)) ?? 'pending'
}

/** How many economies of a row have each outcome. */
export function countsOf(row: ProgressRow): { outcome: Outcome; count: number }[] {
  return OUTCOMES.map((outcome) => ({ outcome, count: row[outcome].length })).filter(({ count }) => count > 0)
}
