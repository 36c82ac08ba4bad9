/** Bars of waiting times, on one scale for all economies. */
import type { EconomyStatistics } from '../api/schema'

export const WIDTH = 200

/** The longest time of any economy; the scale of all bars. */
export function longestOf(items: readonly EconomyStatistics[]): number {
  return Math.max(1, ...items.flatMap(({ median_days, ninth_decile_days, known_days }) => [median_days ?? 0, ninth_decile_days ?? 0, known_days ?? 0]))
}

/**
 * The lengths of the bars of an economy: to the median, and on to the 90th percentile.
 *
 * A figure that is not known is more than `known_days`: its bar goes that far and is `open`.
 */
export function barsOf(item: EconomyStatistics, longest: number): { median: number; ninth: number; isOpen: boolean } {
  const known = item.known_days ?? 0
  const length = (days: number | null) => Math.round((WIDTH * (days ?? known)) / longest)
  return { median: length(item.median_days), ninth: length(item.ninth_decile_days), isOpen: item.ninth_decile_days === null }
}

/** Economies that answer soonest first; those without figures come last, in the usual order. */
export function soonestFirst(items: readonly EconomyStatistics[]): EconomyStatistics[] {
  const of = ({ median_days, known_days }: EconomyStatistics) => median_days ?? (known_days === null ? Infinity : known_days + 0.5)
  return [...items].sort((one, other) => (of(one) === of(other) ? 0 : of(one) - of(other)))
}
